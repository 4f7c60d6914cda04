/** Which log groups the outputs send to, and the inputs read, as far as the configuration alone tells. */
import { randomUUID } from 'node:crypto';
import type { Account } from './aws-account.ts';
import type { Subject } from './subjects.ts';

/** One group of one account, with what is asked of it. */
export interface WantedGroup {
  readonly account: Account;
  readonly group: string;
  /** The name was made up to stand for those that the configuration makes of events. */
  readonly standsFor: string | undefined;
  /** A stream that does not exist, named so that policies for stream names apply. */
  readonly stream: string;
  readonly creates: boolean;
  /** What the configuration sets, or the longest there is if events decide; undefined if it sets none. */
  readonly retentionInDays: number | undefined;
  readonly setsTags: boolean;
  readonly users: readonly string[];
}

/** A destination whose group cannot be known without events. */
export interface OpenGroup {
  readonly user: string;
  readonly reason: string;
}

interface OutputConfig {
  readonly log_group_name: string | undefined;
  readonly log_stream_name: string | undefined;
  readonly log_group_name_key: string | undefined;
  readonly auto_create_stream: boolean;
  readonly retention_in_days: number | undefined;
  readonly retention_in_days_key: string | undefined;
  readonly log_group_aws_tags: unknown;
  readonly log_group_aws_tags_key: string | undefined;
}

/** The longest that PutRetentionPolicy takes. */
const LONGEST_RETENTION_DAYS = 3653;

/** Placeholders of chunk keys and times. */
const PLACEHOLDER = /\$\{[^}]*\}|%[A-Za-z]/g;

/** `extra`: names that are asked about for the outputs whose groups depend on events. */
export function findGroups(accounts: readonly Account[], extra: readonly string[]): { readonly groups: readonly WantedGroup[]; readonly open: readonly OpenGroup[] } {
  const groups = new Map<string, WantedGroup & { users: string[] }>();
  const open: OpenGroup[] = [];
  const add = (account: Account, user: Subject, config: OutputConfig, group: string, standsFor: string | undefined): void => {
    const key = `${accounts.indexOf(account)} ${group}`;
    const known = groups.get(key);
    if (known) known.users.push(user.name);
    const before = known ?? { creates: false, retentionInDays: undefined, setsTags: false, users: [user.name] };
    groups.set(key, {
      account, group, standsFor, stream: known?.stream ?? streamFor(config.log_stream_name), users: before.users,
      creates: before.creates || config.auto_create_stream,
      retentionInDays: before.retentionInDays ?? config.retention_in_days ?? (config.retention_in_days_key === undefined ? undefined : LONGEST_RETENTION_DAYS),
      setsTags: before.setsTags || config.log_group_aws_tags !== undefined || config.log_group_aws_tags_key !== undefined,
    });
  };
  for (const account of accounts) {
    for (const user of account.users) {
      if (user.view.kind !== 'output') continue;
      const config = user.checked.config as unknown as OutputConfig;
      const name = config.log_group_name;
      if (name !== undefined) {
        const made = name.replace(PLACEHOLDER, 'logferry-doctor');
        add(account, user, config, made, made === name ? undefined : name);
        if (made !== name) for (const one of extra) add(account, user, config, one, undefined);
        continue;
      }
      const reason = config.log_group_name_key === undefined ? 'the tag is the log group' : `the field ${config.log_group_name_key} of each event is the log group`;
      if (extra.length === 0) open.push({ user: user.name, reason });
      for (const one of extra) add(account, user, config, one, undefined);
    }
  }
  return { groups: [...groups.values()], open };
}

/** `:` and `*` may not be part of the names of streams. */
function streamFor(configured: string | undefined): string {
  const beginning = (configured ?? '').replace(PLACEHOLDER, 'x').replace(/[:*]/g, '-').slice(0, 400);
  return `${beginning === '' ? '' : `${beginning}-`}logferry-doctor-${randomUUID()}`;
}
