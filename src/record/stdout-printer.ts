/** What the output and the filter `stdout` have in common. */
import type { EventBatch } from '../event.ts';
import { writeStandardOutput, type WriteOut } from '../lib/standard-output.ts';
import { decodeText, encodeText } from '../lib/text.ts';
import type { Formatter, PluginContext } from '../plugin.ts';
import type { Inject } from '../parse/inject.ts';

/** The name under which plugins share the writer of the log's file. */
const LOG_OUTPUT = 'log-output';

/** The writer that all plugins of an agent share, so that what they print keeps its order. */
export function sharedWriter(context: PluginContext): WriteOut {
  return context.shared<WriteOut>('standard-output', () => writeStandardOutput);
}

/** Where the agent's log goes, for what is printed by way of it: standard output, or the log's file. */
export function sharedLogWriter(context: PluginContext): WriteOut {
  return context.shared<WriteOut>(LOG_OUTPUT, () => sharedWriter(context));
}

/** Objects to be shared by the plugins of an agent whose log goes to a file: what is printed by way of the log goes there too. */
export function logWriters(write: ((line: string) => void) | undefined): [string, WriteOut][] {
  return write ? [[LOG_OUTPUT, (data) => write(typeof data === 'string' ? data : decodeText(Buffer.from(data.buffer, data.byteOffset, data.byteLength)))]] : [];
}

/** Makes the function that prints a batch: all its lines with one write. */
export function compilePrinter(formatter: Formatter, inject: Inject | undefined, write: WriteOut): (batch: EventBatch) => void {
  return ({ tag, events }) => {
    let text = '';
    const pieces: Uint8Array[] = [];
    for (const { time, record } of events) {
      const line = formatter.format(tag, time, inject ? inject(tag, time, record) : record);
      if (typeof line === 'string') {
        text += line;
        continue;
      }
      if (text !== '') pieces.push(encodeText(text));
      pieces.push(line);
      text = '';
    }
    if (pieces.length === 0) {
      if (text !== '') write(text);
      return;
    }
    if (text !== '') pieces.push(encodeText(text));
    write(Buffer.concat(pieces));
  };
}
