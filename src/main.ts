#!/usr/bin/env node
/** Composition root: puts the plugins that come with the package into the engine. */
import { plugins } from '../plugins/index.ts';
import { mainCommand } from './cli/main-command.ts';
import { Registry } from './registry.ts';

// A reader of the output that has gone (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const code = await mainCommand(process.argv.slice(2), new Registry(plugins), { stdout: process.stdout, stderr: process.stderr });
// What a full pipe could not take yet is written first.
process.stdout.write('', () => process.exit(code));
