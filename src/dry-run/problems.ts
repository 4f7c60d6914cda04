/** What each problem means, in sentences. */
import type { Step } from '../plugin.ts';
import type { Finding } from './findings.ts';
import type { ProblemReport } from './report.ts';

interface Facts {
  readonly effect: ProblemReport['effect'];
  readonly message: string;
  readonly hint: string | null;
}

/** What a problem is told about its surroundings. */
export interface ProblemContext {
  /** Variables that are not set, and for which the configuration has a default. */
  readonly unset: readonly string[];
  /** Whether the configuration has a label `@ERROR`. */
  readonly hasErrorLabel: boolean;
  /** Of an input: lines that do not match become events all the same. */
  readonly emitsUnmatched: boolean;
  readonly now: string;
}

export function toProblem(finding: Finding, index: number | null, context: ProblemContext): ProblemReport {
  const { id, step, count, samples } = finding;
  const facts = factsOf(finding, context);
  return { id, ...facts, step: index, at: placeOf(step), count, samples };
}

function placeOf(step: Step | undefined) {
  return step ? step.at : null;
}

function factsOf({ id, about, count, samples }: Finding, { hasErrorLabel, emitsUnmatched, unset, now }: ProblemContext): Facts {
  const events = count === 1 ? '1 event' : `${group(count)} events`;
  const lines = count === 1 ? '1 line' : `${group(count)} lines`;
  const isOne = count === 1;
  switch (id) {
    case 'unmatched-line':
      if (emitsUnmatched) return altered(`${lines} ${isOne ? 'does' : 'do'} not match <parse> and ${isOne ? 'becomes an event' : 'become events'} with the field unmatched_line`, null);
      return lost(`${lines} ${isOne ? 'does' : 'do'} not match <parse>`, formHint(samples, unset) ?? 'change the pattern, or set emit_unmatched_lines true to keep such lines');
    case 'line-too-long':
      return lost(`${lines} ${isOne ? 'is' : 'are'} longer than max_line_size`, 'raise max_line_size');
    case 'unreadable-file':
      return lost(`${isOne ? '1 file or folder' : `${count} files or folders`} cannot be read`, samples.some(({ detail }) => /EACCES|EPERM|permission/i.test(detail ?? '')) ? 'the agent needs the permission to read; a dry run needs it, too' : null);
    case 'not-text':
      return note(`${isOne ? '1 file is' : `${count} files are`} not lines of text`, 'leave such files out with exclude_path');
    case 'no-match':
      return lost(`${events} in ${about === '@ROOT' ? 'the top level' : about}: no <match> takes ${isOne ? 'its tag' : 'their tags'}`, 'add a <match>, or @type null to drop them on purpose');
    case 'error-event':
      return hasErrorLabel
        ? note(`${events} ${isOne ? 'goes' : 'go'} to <label @ERROR>: ${detailOf(samples) ?? about}`, null)
        : lost(`${events} ${isOne ? 'fails' : 'fail'}: ${detailOf(samples) ?? about}`, 'add <label @ERROR> to keep such events');
    case 'unfinished-event': {
      const what = `${events} of several lines ${isOne ? 'is' : 'are'} not finished at the end of the log`;
      const hint = 'set timeout_label in the filter: events that nothing follows go there';
      return hasErrorLabel ? note(`${what}: after flush_interval ${isOne ? 'it goes' : 'they go'} to <label @ERROR>`, hint) : lost(`${what}: after flush_interval ${isOne ? 'it is' : 'they are'} dropped as an error`, hint);
    }
    case 'no-group':
      return lost(`${events} ${isOne ? 'has' : 'have'} no name for a log group: the field is nil or empty`, 'see log_group_name_key and the filter that sets the field');
    case 'no-stream':
      return lost(`${events} ${isOne ? 'has' : 'have'} no name for a log stream: the field is nil or empty`, 'see log_stream_name_key and the filter that sets the field');
    case 'invalid-name':
      return lost(`${events} for a log group or stream with a name that the service refuses`, 'a group is 1 to 512 of A-Z a-z 0-9 . - _ / #, a stream 1 to 512 characters without : and *');
    case 'too-old':
      return lost(`${events} older than CloudWatch Logs takes (14 days, or the retention of the group)`, `the age is measured against ${now}: --now sets another time, if this is a copy of old logs`);
    case 'too-new':
      return lost(`${events} more than 2 hours in the future`, `the clock is ${now}: --now sets another; or a time zone is wrong in <parse>`);
    case 'too-large':
      return lost(`${events} larger than an event of CloudWatch Logs may be (1 MiB with 26 bytes of overhead)`, 'oversized_events truncate or split delivers them');
    case 'empty':
      return lost(`${events} with an empty message ${isOne ? 'is' : 'are'} skipped`, null);
    case 'invalid-utf8':
      return altered(`${events} ${isOne ? 'has' : 'have'} bytes that are not UTF-8: they become replacement characters`, 'set encoding and from_encoding in the source');
    case 'cut':
      return altered(`${events} larger than an event may be ${isOne ? 'is' : 'are'} cut or split (oversized_events)`, null);
    case 'other':
      return lost(`${events} ${isOne ? 'is' : 'are'} refused by the output: ${detailOf(samples) ?? 'its time is before 1970, or its message could not be made'}`, null);
  }
}

/** Lines of a container's log in the form of another runtime: the mistake that is made most. */
function formHint(samples: Finding['samples'], unset: readonly string[]): string | null {
  const parsers = unset.filter((name) => /PARSE|FORMAT/.test(name));
  const variable = parsers.length === 0 ? '' : `; ${parsers.join(', ')} would say so, and ${parsers.length === 1 ? 'is' : 'are'} not set (--env)`;
  const all = (form: RegExp) => samples.length > 0 && samples.every(({ text }) => form.test(text));
  if (all(/^\S+ (?:stdout|stderr) [FP] /)) return `these lines are as containerd and CRI-O write them: <parse> needs @type cri, or a pattern for TIME STREAM FLAG TEXT${variable}`;
  if (all(/^\{"log":"/)) return `these lines are as Docker writes them: <parse> needs @type json${variable}`;
  return null;
}

function detailOf(samples: Finding['samples']): string | null {
  return samples.find(({ detail }) => detail !== null)?.detail ?? null;
}

function lost(message: string, hint: string | null): Facts {
  return { effect: 'lost', message, hint };
}

function altered(message: string, hint: string | null): Facts {
  return { effect: 'altered', message, hint };
}

function note(message: string, hint: string | null): Facts {
  return { effect: 'note', message, hint };
}

/** A number with commas. */
export function group(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
