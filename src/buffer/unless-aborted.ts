/** Waiting that ends with a signal, whatever is waited for. */

/** Resolves with the promise, or when the signal is aborted; rejects only with the promise. */
export async function unlessAborted(promise: Promise<unknown>, signal: AbortSignal, graceMs = 0): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let end: (() => void) | undefined;
  const aborted = new Promise<void>((resolve) => {
    end = () => void (timer = setTimeout(resolve, graceMs));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end!);
  }
}
