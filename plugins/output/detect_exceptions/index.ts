/** Joins the lines of stack traces into one event each, and hands all events on with another tag. */
import {
  Ack, compileInject, ConfigError, defineOutput, errorText, injectSection, ObjectBatch, param, textOf,
  type EventBatch, type LogEvent, type Output,
} from '#logferry';
import { createDetector } from './detector.ts';
import { rulesOf, START } from './languages.ts';
import { advance, joined, type Advance, type OpenTrace, type Stream, type TraceLimits } from './traces.ts';

/** Fields with the text where `message` names none. */
const USUAL_FIELDS = ['message', 'log'];
/** How long the end waits before it offers events again that had no room, in milliseconds. */
const AGAIN_MS = 200;

export default defineOutput({
  type: 'detect_exceptions',
  doc: 'Joins the lines of stack traces into one event, and hands all events on with a tag that has lost its prefix.',
  handsOn: true,
  config: {
    remove_tag_prefix: param.string('The first parts of the tag, which events that are handed on have no more.'),
    message: param.string("The field with the text; if empty, 'message' or 'log'.", { default: '' }),
    multiline_flush_interval: param.time('Seconds after which a trace is handed on even if more lines may come; absent: not before that is known.', {
      optional: true,
    }),
    languages: param.array('Languages whose traces are looked for: java, js, csharp, python, go, ruby, php, dart; none is all.', {
      default: [],
      valueType: 'string',
    }),
    force_line_breaks: param.bool('Put a line break behind each line of a trace that has none.', { default: false }),
    max_lines: param.integer('A trace with so many lines is handed on, and looked for anew; 0 is no limit.', { default: 1000 }),
    max_bytes: param.integer('A trace does not get more bytes than this; 0 is no limit.', { default: 0 }),
    stream: param.string('A field that tells streams within a tag apart: lines of one do not end the traces of another.', { default: '' }),
    inject: injectSection,
  },

  create(config, context): Output {
    const { clock, log, router } = context;
    const detector = createDetector(readRules(config.languages, context.place('languages')));
    const limits: TraceLimits = { maxLines: config.max_lines, maxBytes: config.max_bytes, forceLineBreaks: config.force_line_breaks };
    const fields = config.message === '' ? USUAL_FIELDS : [config.message];
    const inject = compileInject(config.inject, context);
    const prefix = `${config.remove_tag_prefix}.`;
    const outTag = (tag: string): string => (config.remove_tag_prefix !== '' && tag.startsWith(prefix) ? tag.slice(prefix.length) : tag);
    const joinedLines = context.metrics.counter('detect_exceptions_joined_records_total', 'Records that became part of another one.');

    /** Streams that hold a trace or are within one; those in no trace need no memory. */
    const streams = new Map<string, Stream>();
    const idOf = (tag: string, event: LogEvent): string =>
      config.stream === '' ? tag : `${tag}\n${textOf(event.record.get(config.stream))}`;
    const keyOf = (event: LogEvent): string | undefined => fields.find((field) => typeof event.record.get(field) === 'string');

    const injected = (tag: string, events: readonly LogEvent[]): readonly LogEvent[] =>
      inject ? events.map(({ time, record }) => ({ time, record: inject(tag, time, record) })) : events;

    let warned = false;
    const emit = (batch: EventBatch): void | Promise<void> => {
      const tag = outTag(batch.tag);
      if (tag === batch.tag && !warned) {
        warned = true;
        log.warn('a tag does not begin with remove_tag_prefix: events keep it, and may come here again', { tag, remove_tag_prefix: config.remove_tag_prefix });
      }
      const now = clock.monotonic();
      const out: Advance = { events: [], acks: [], joined: 0 };
      const before = new Map<string, Stream | undefined>();
      const touched = new Map<string, Stream>();
      for (const event of batch.events) {
        const id = idOf(batch.tag, event);
        let stream = touched.get(id);
        if (!stream) {
          const known = streams.get(id);
          before.set(id, known && copyOf(known));
          stream = known ?? { tag: batch.tag, state: START, open: undefined };
          touched.set(id, stream);
        }
        advance(stream, event, keyOf(event), detector, limits, now, out);
      }
      const taken: Ack[] = [];
      for (const [id, stream] of touched) {
        // What is held now has a line of this batch, unless it is what was held before.
        const { open } = stream;
        if (open && batch.ack && open.lines.length !== linesBefore(before.get(id), open)) {
          open.acks = [...open.acks, batch.ack.retain()];
          taken.push(batch.ack);
        }
        if (open || stream.state !== START) streams.set(id, stream);
        else streams.delete(id);
      }
      if (out.events.length === 0) return;
      const undo = (error: unknown): never => {
        // The events are offered again: as if they had not come.
        for (const [id, stream] of before) {
          if (stream) streams.set(id, stream);
          else streams.delete(id);
        }
        for (const ack of taken) ack.settle();
        batch.ack?.settle();
        throw error;
      };
      let waiting: void | Promise<void>;
      try {
        waiting = router.emit(new ObjectBatch(tag, injected(tag, out.events), Ack.all([batch.ack?.retain(), ...out.acks])));
      } catch (error) {
        return undo(error);
      }
      joinedLines.add(out.joined);
      return waiting ? waiting.catch(undo) : undefined;
    };

    /** Hands a stream's trace on; false if it had no room: then it stays. */
    const release = async (id: string, stream: Stream, open: OpenTrace): Promise<boolean> => {
      const tag = outTag(stream.tag);
      stream.open = undefined;
      stream.state = START;
      streams.delete(id);
      try {
        const waiting = router.emit(new ObjectBatch(tag, injected(tag, [joined(open, limits)]), Ack.all(open.acks)));
        if (waiting) await waiting;
        joinedLines.add(open.lines.length - 1);
        return true;
      } catch (error) {
        log.warn('a stack trace had no room, it is offered again', { tag, error: errorText(error) });
        overdue.push({ id, stream: { ...stream }, open });
        return false;
      }
    };
    /** Traces that were let go but found no room; nothing is added to them any more. */
    const overdue: { readonly id: string; readonly stream: Stream; readonly open: OpenTrace }[] = [];
    const releaseAll = async (isDue: (open: OpenTrace) => boolean): Promise<boolean> => {
      const due = overdue.splice(0);
      for (const [id, stream] of streams) if (stream.open && isDue(stream.open)) due.push({ id, stream, open: stream.open });
      let isDone = true;
      for (const { id, stream, open } of due) isDone = (await release(id, stream, open)) && isDone;
      return isDone;
    };

    let timer: NodeJS.Timeout | undefined;
    let busy = false;
    return {
      emit,
      start() {
        const interval = config.multiline_flush_interval;
        if (interval === undefined || interval <= 0) return;
        timer = setInterval(() => {
          if (busy) return;
          busy = true;
          const limit = clock.monotonic() - interval * 1000;
          void releaseAll(({ startedAt }) => startedAt <= limit).finally(() => {
            busy = false;
          });
        }, interval * 1000);
        context.defer(() => clearInterval(timer));
      },
      async flush(signal) {
        clearInterval(timer);
        while (!(await releaseAll(() => true)) && !signal.aborted) await new Promise((done) => setTimeout(done, AGAIN_MS));
      },
    };
  },
});

function readRules(languages: readonly string[], at: ConfigError['problems'][number]['at']): ReturnType<typeof rulesOf> {
  try {
    return rulesOf(languages);
  } catch (error) {
    throw new ConfigError(`'languages' parameter: ${(error as Error).message}`, at);
  }
}

function copyOf(stream: Stream): Stream {
  return { ...stream, open: stream.open && { ...stream.open, lines: [...stream.open.lines] } };
}

/** How many lines of an open trace had been held before. */
function linesBefore(stream: Stream | undefined, open: OpenTrace): number {
  return stream?.open && stream.open.startedAt === open.startedAt && stream.open.record === open.record ? stream.open.lines.length : 0;
}
