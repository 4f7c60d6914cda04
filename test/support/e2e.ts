/** `test` with a place of its own, that is removed with all that runs in it. */
import { test as base } from 'vitest';
import { Place } from './agent.ts';

export const test = base.extend<{ place: Place }>({
  // eslint-disable-next-line no-empty-pattern -- the form that vitest reads
  place: async ({}, use) => {
    const place = new Place();
    await use(place);
    await place.remove();
  },
});
