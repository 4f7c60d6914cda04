import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** `source` leads the package's own imports (`#logferry`) to the TypeScript files, so that tests need no build. */
const conditions = ['source', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['source', 'node'] } },
  test: {
    include: ['test/**/*.test.ts'],
    // Recorded cases and loads have runners of their own.
    exclude: ['test/conformance/**', 'test/bench/**'],
    // Whatever a developer's shell says must not change a result.
    env: { TZ: 'UTC', AWS_EC2_METADATA_DISABLED: 'true' },
    // Many tests wait for processes, files and sockets more than they work.
    maxWorkers: Math.max(2, Math.min(6, availableParallelism() + 1)),
    testTimeout: 15_000,
    hookTimeout: 15_000,
  },
});
