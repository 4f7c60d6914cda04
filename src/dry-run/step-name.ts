/** How a step is called in texts. */
import type { Location } from '../errors.ts';
import type { StepReport } from './report.ts';

/** Its id, or its type. */
export function stepName({ id, type }: StepReport): string {
  return id ?? type;
}

/** `containers.conf:12`. */
export function placeName({ file, line }: Location): string {
  return `${file.slice(file.lastIndexOf('/') + 1)}:${line}`;
}
