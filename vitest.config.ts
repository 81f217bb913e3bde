import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/shared-bundles.ts'],
    exclude: ['test/interop/**', 'test/long/**', 'test/browser/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    // Most of what a test does is wait for a peer, so two cores keep more than one worker busy.
    maxWorkers: 3,
  },
});
