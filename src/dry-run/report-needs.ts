/** Of the report of a dry run: what the plan costs, and which permissions it needs. */

/** What the plan costs; made by `cost.ts` from the other parts of the report. */
export interface CostReport {
  /** Over which time the events of the logs were written, seconds: from the first to the last one; null if that is not known. */
  readonly spanSec: number | null;
  readonly eventsPerSec: number | null;
  readonly bytesPerSec: number | null;
  readonly requestsPerSec: number | null;
  readonly currency: 'USD';
  /** Prices that were assumed, with their source. */
  readonly assumptions: readonly string[];
  readonly items: readonly {
    readonly what: string;
    readonly perMonth: number | null;
    readonly quantity: string;
  }[];
  readonly totalPerMonth: number | null;
  /**
   * Who writes it, as far as names of streams tell: those of containers have pod and namespace in them. The dearest first, and all
   * of them; streams that name no pod are one entry with null. Together they are all that is billed.
   */
  readonly byNamespace: readonly NamespaceCost[];
  readonly byPod: readonly PodCost[];
}

/** What the containers of one namespace cost. */
export interface NamespaceCost {
  readonly namespace: string | null;
  /** Pods whose streams were found. */
  readonly pods: number;
  readonly events: number;
  /** As billed: with the overhead of each event. */
  readonly bytes: number;
  /** Ingestion and storage, at the prices of the groups; null if it was not estimated. */
  readonly perMonth: number | null;
}

/** What the containers of one pod cost. */
export interface PodCost {
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly events: number;
  readonly bytes: number;
  readonly perMonth: number | null;
}

/** The permissions that are needed; made by `iam.ts`. */
export interface IamReport {
  /** An IAM policy document. */
  readonly policy: { readonly Version: '2012-10-17'; readonly Statement: readonly IamStatement[] };
  readonly notes: readonly string[];
}

/** A statement of an IAM policy. */
export interface IamStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}
