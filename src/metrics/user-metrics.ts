/** Metrics that a configuration defines: what the Prometheus plugins write into and the input `prometheus` shows. One registry for each agent. */
import type { AgentView } from '../plugin.ts';
import { header, pageOf, sampleLine } from './exposition.ts';
import { MetricFamily, type FamilyDefinition } from './metric-family.ts';
import type { Sample } from './metrics.ts';

/** A family as one plugin uses it. */
export interface OpenFamily {
  readonly family: MetricFamily;
  /** The plugin ends. The last one takes the family away. */
  close(): void;
}

interface Shared {
  readonly family: MetricFamily;
  users: number;
}

export class UserMetrics {
  readonly #families = new Map<string, Shared>();

  /** The family of that name. Where the definition is another one, as after a reload, it begins anew. */
  open(definition: FamilyDefinition): OpenFamily {
    let shared = this.#families.get(definition.name);
    if (!shared || differences(shared.family.definition, definition).length > 0) {
      shared = { family: new MetricFamily(definition), users: 0 };
      this.#families.set(definition.name, shared);
    }
    const used = shared;
    used.users++;
    return {
      family: used.family,
      close: () => {
        if (--used.users === 0 && this.#families.get(definition.name) === used) this.#families.delete(definition.name);
      },
    };
  }

  has(name: string): boolean {
    return this.#families.has(name);
  }

  *samples(): Generator<Sample> {
    for (const { family } of this.#families.values()) yield* family.samples();
  }

  /** The page in Prometheus' text format, with TYPE and HELP of families without series, too. */
  page(): string {
    return pageOf([...this.#families.values()].map(({ family }) => {
      const { name, type, help } = family.definition;
      const lines = header(name, type, help);
      for (const { suffix = '', labels, value } of family.samples()) lines.push(sampleLine(name + suffix, labels, value));
      return lines;
    }));
  }
}

const registries = new WeakMap<AgentView, UserMetrics>();

/** The one registry of an agent: it outlives its plugins, so that totals survive a reload. */
export function userMetrics(agent: AgentView): UserMetrics {
  let found = registries.get(agent);
  if (!found) registries.set(agent, (found = new UserMetrics()));
  return found;
}

/** In what two definitions of one name are not the same, as words; empty if they are. */
export function differences(first: FamilyDefinition, second: FamilyDefinition): string[] {
  const found: string[] = [];
  if (first.type !== second.type) found.push(`type ${first.type}`);
  if (first.help !== second.help) found.push(`desc '${first.help}'`);
  const names = (definition: FamilyDefinition): string => [...definition.labels].sort().join(', ');
  if (names(first) !== names(second)) found.push(names(first) === '' ? 'no labels' : `the labels ${names(first)}`);
  return found;
}
