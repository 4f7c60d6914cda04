/** Runs the rules over a configuration. */
import path from 'node:path';
import type { ConfigElement } from '../config/element.ts';
import { problemText, type ConfigProblem } from '../errors.ts';
import type { Registry } from '../registry.ts';
import type { Finding, Rule } from './finding.ts';
import { readModel, type LintModel } from './model.ts';
import { checks } from './rules.ts';
import { readingRules } from './rules/values.ts';
import { ignoreComments, isSuppressed } from './suppress.ts';

/** A file of the configuration: its name as places have it, and its text. */
export interface ConfigFile {
  readonly name: string;
  readonly text: string;
}

export interface LintOptions {
  readonly registry: Registry;
  /** For comments that silence rules. */
  readonly files: readonly ConfigFile[];
  /** Ids that are not wanted. */
  readonly ignore?: ReadonlySet<string> | undefined;
  /** What reading the configuration files was warned of. */
  readonly early?: readonly ConfigProblem[] | undefined;
  /** Warnings that the agent logged while it created the plugins; those that are known otherwise are left out. */
  readonly logged?: readonly string[] | undefined;
}

export interface LintResult {
  /** In the order of the files. */
  readonly findings: readonly Finding[];
  /** Found, and silenced by a comment or an option. */
  readonly suppressed: number;
  readonly model: LintModel;
}

/** Finds what is doubtful in a configuration; what is wrong with it others tell. */
export async function lintConfig(root: ConfigElement, { registry, files, ignore, early = [], logged = [] }: LintOptions): Promise<LintResult> {
  const lines = new Map(files.map(({ name, text }) => [path.resolve(name), text.split('\n')]));
  const model = await readModel(root, registry, ({ file, line }) => lines.get(path.resolve(file))?.[line - 1] ?? '');
  const read = [...early, ...model.warnings];
  const known = new Set(read.map(problemText));
  const found: Finding[] = [...read.map(ofReading), ...logged.filter((text) => !known.has(text)).map(ofLog)];
  for (const { id, severity, run } of checks)
    run(model, (message, at, hint, other) => void found.push({ id, severity: other ?? severity, message, at, hint: hint ?? null }));
  const comments = files.flatMap(({ name, text }) => ignoreComments(name, text));
  const kept = found.filter((finding) => !ignore?.has(finding.id) && !isSuppressed(finding, comments, root, (a, b) => path.resolve(a) === path.resolve(b)));
  return { findings: distinct(kept).sort(byPlace(files)), suppressed: found.length - kept.length, model };
}

function ofReading({ message, at, hint }: ConfigProblem): Finding {
  const { id, severity } = readingRule(message);
  return { id, severity, message, at: at ?? null, hint: hint ?? null };
}

/** A line of the log; the place in front of it is its place. */
function ofLog(text: string): Finding {
  const [, file, line, column, message] = /^(\S+):(\d+):(\d+): ([^]*)$/.exec(text) ?? [];
  if (message !== undefined) return ofReading({ message, at: { file: file!, line: Number(line), column: Number(column) } });
  const { id, severity } = readingRules.create;
  return { id, severity, message: text, at: null, hint: null };
}

function readingRule(message: string): Rule {
  if (/ is not used\b/.test(message)) return readingRules.unused;
  return /deprecated|of old configurations|reserved prefix/.test(message) ? readingRules.deprecated : readingRules.other;
}

function distinct(findings: readonly Finding[]): Finding[] {
  const keyOf = ({ id, message, at }: Finding) => `${id} ${at?.file}:${at?.line}:${at?.column} ${message}`;
  return [...new Map(findings.map((finding) => [keyOf(finding), finding])).values()];
}

function byPlace(files: readonly ConfigFile[]): (a: Finding, b: Finding) => number {
  const order = new Map(files.map(({ name }, i) => [path.resolve(name), i]));
  const of = ({ at }: Finding) => (at ? (order.get(path.resolve(at.file)) ?? files.length) : -1);
  return (a, b) => of(a) - of(b) || (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0);
}
