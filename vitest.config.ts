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
    testTimeout: 15_000,
    hookTimeout: 15_000,
  },
});
