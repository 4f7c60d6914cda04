/** An error as the service answers it: `{"__type": type, "message": message}` with an HTTP status. */
export class ServiceError extends Error {
  override name = 'ServiceError';
  /** Name of the exception, such as `InvalidParameterException`. */
  readonly type: string;
  /** HTTP status of the answer. */
  readonly status: number;

  constructor(type: string, message: string, status: number = statusOf(type)) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

/** Errors with another status than 400, from the API reference (common errors and the actions' own). */
const STATUS: ReadonlyMap<string, number> = new Map([
  ['ServiceUnavailableException', 500],
  ['ServiceUnavailable', 503],
  ['InternalFailure', 500],
  ['InternalServerException', 500],
  ['AccessDeniedException', 400],
  ['RequestEntityTooLargeException', 413],
]);

/** The HTTP status that the service sends with an error of this name. */
export function statusOf(type: string): number {
  return STATUS.get(type) ?? 400;
}

/** InvalidParameterException with this message. */
export function invalidParameter(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}

/**
 * InvalidParameterException in the wording of the service's request validation:
 * `1 validation error detected: Value '...' at 'member' failed to satisfy constraint: ...`.
 */
export function constraint(member: string, value: unknown, rule: string): ServiceError {
  const shown = value === undefined || value === null ? 'null' : `'${shorten(String(value))}'`;
  const where = `Value ${shown} at '${member}' failed to satisfy constraint: Member must ${rule}`;
  return invalidParameter(`1 validation error detected: ${where}`);
}

/** ResourceNotFoundException for a log group. */
export function noSuchGroup(): ServiceError {
  return new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
}

/** ResourceNotFoundException for a log stream. */
export function noSuchStream(): ServiceError {
  return new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');
}

function shorten(text: string): string {
  return text.length <= 600 ? text : `${text.slice(0, 600)}...`;
}
