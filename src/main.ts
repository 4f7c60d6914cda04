#!/usr/bin/env node
/** Composition root: puts the plugins that come with the package into the engine. */
import { plugins } from '../plugins/index.ts';
import { mainCommand } from './cli/main-command.ts';
import { Registry } from './registry.ts';

const code = await mainCommand(process.argv.slice(2), new Registry(plugins), { stdout: process.stdout, stderr: process.stderr });
process.exit(code);
