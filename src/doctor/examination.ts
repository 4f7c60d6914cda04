/** Examinations run side by side, each with a deadline: what is broken or hangs becomes a check of its own, and never ends the doctor. */
import { errorText } from '../errors.ts';
import type { Check } from './report.ts';

/** One independent part; gives its checks. */
export interface Examination {
  /** Id and subject of the check that stands for it if it fails. */
  readonly id: string;
  readonly subject: string;
  run(signal: AbortSignal): Promise<readonly Check[]>;
}

/** The checks of all, in the order of the examinations. Never rejects. */
export async function examine(all: readonly Examination[], deadlineMs: number): Promise<Check[]> {
  const found = await Promise.all(all.map((one) => examineOne(one, deadlineMs)));
  return found.flat();
}

async function examineOne({ id, subject, run }: Examination, deadlineMs: number): Promise<readonly Check[]> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Check[]>((resolve) => {
    timer = setTimeout(() => {
      resolve([{
        id, subject, status: 'unknown', message: `there was no result within ${deadlineMs / 1000} s`,
        hint: 'try again, or allow more time with --timeout SECONDS',
      }]);
      controller.abort();
    }, deadlineMs);
  });
  try {
    return await Promise.race([run(controller.signal), late]);
  } catch (error) {
    return [{ id, subject, status: 'unknown', message: `it could not be examined: ${errorText(error)}` }];
  } finally {
    clearTimeout(timer);
  }
}
