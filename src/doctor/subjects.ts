/** The configuration as the doctor looks at it: the real graph, created and never started, and each plugin's typed parameters. */
import { Agent } from '../app.ts';
import type { Evaluate } from '../config/embedded.ts';
import { ConfigReader, type CheckedPlugin } from '../config/schema.ts';
import { systemClock } from '../lib/clock.ts';
import type { Kind, PluginView } from '../plugin.ts';
import type { Registry } from '../registry.ts';

export interface SubjectsOptions {
  readonly configFile: string;
  readonly configFileType: 'v1' | 'yaml' | 'guess' | undefined;
  readonly registry: Registry;
  readonly evaluate: Evaluate;
}

/** An input, filter or output of the configuration. */
export interface Subject {
  readonly view: PluginView;
  readonly checked: CheckedPlugin;
  /** `tail in_app`: the type, and the id if the configuration has one. */
  readonly name: string;
}

export interface Subjects {
  readonly agent: Agent;
  readonly all: readonly Subject[];
  /** Those of a kind and type. */
  of(kind: Kind, type: string): readonly Subject[];
}

/** More than there are: nothing is logged. */
const SILENT = 10;

/** Reads and creates everything, opens nothing. Throws a ConfigError with all problems. */
export async function findSubjects({ configFile, configFileType, registry, evaluate }: SubjectsOptions): Promise<Subjects> {
  const agent = new Agent({
    configFile, configFileType, registry,
    verbosity: SILENT,
    suppressConfigDump: true,
    write: () => {},
    ownLogFile: true,
    rehearsal: {
      clock: systemClock, evaluate, standIn: () => undefined, shared: new Map<string,
      unknown>([['kubernetes objects', undefined]]),
    },
  });
  await agent.load();
  const reader = new ConfigReader({ registry, strict: false });
  const all: Subject[] = [];
  for (const view of agent.graph.views) {
    if (view.kind !== 'input' && view.kind !== 'filter' && view.kind !== 'output') continue;
    const checked = await reader.plugin(view.kind, view.element);
    if (checked) all.push({ view, checked, name: view.configured ? `${view.type} ${view.id}` : `${view.type} at line ${view.element.at?.line ?? '?'}` });
  }
  return { agent, all, of: (kind, type) => all.filter(({ view }) => view.kind === kind && view.type === type) };
}
