import { expect, test } from 'vitest';
import type { Agent } from '../../../src/app.ts';
import { adminSettings } from '../../../src/cli/run.ts';

function agent(system: { admin_endpoint?: string; admin_stall_after?: number; workers?: number } = {}): Agent {
  return { system: { admin_endpoint: undefined, admin_stall_after: 300, workers: 1, ...system } } as unknown as Agent;
}

test('there is no admin server unless it is configured', () => {
  expect(adminSettings(agent(), undefined, undefined, {})).toBeUndefined();
  expect(adminSettings(agent(), undefined, undefined, { LOGFERRY_ADMIN: '' })).toBeUndefined();
  expect(adminSettings(agent(), '', undefined, { LOGFERRY_ADMIN: '1' })).toBeUndefined();
});

test('the option comes before the environment, and that before the configuration', () => {
  const from = (option: string | undefined, env: NodeJS.ProcessEnv): number => adminSettings(agent({ admin_endpoint: '127.0.0.1:3' }), option, undefined, env)!.address.port;
  expect([from('localhost:1', { LOGFERRY_ADMIN: '2' }), from(undefined, { LOGFERRY_ADMIN: '2' }), from(undefined, {})]).toEqual([1, 2, 3]);
});

test('the token comes from the environment alone', () => {
  expect(adminSettings(agent(), '1', undefined, { LOGFERRY_ADMIN_TOKEN: 'x' })!.token).toBe('x');
  expect(adminSettings(agent(), '1', undefined, { LOGFERRY_ADMIN_TOKEN: '' })!.token).toBeUndefined();
});

test('the time that makes a stall is 5 minutes, or what is configured', () => {
  const after = (system: { admin_stall_after?: number }, option?: string): number => adminSettings(agent(system), '1', option, {})!.stallAfterMs;
  expect([after({}), after({ admin_stall_after: 60 }), after({ admin_stall_after: 60 }, '2.5')]).toEqual([300_000, 60_000, 2500]);
});

test.each([
  [['x', undefined], {}, "--admin: expected host:port, found 'x' (such as 127.0.0.1:24230)"],
  [[undefined, undefined], { admin_endpoint: 'y' }, "<system> admin_endpoint: expected host:port, found 'y' (such as 127.0.0.1:24230)"],
  [['1', 'soon'], {}, "--admin-stall-after: expected seconds, found 'soon'"],
  [['1', undefined], { admin_stall_after: 0 }, "<system> admin_stall_after: expected seconds, found '0'"],
  [['127.0.0.1:65535', undefined], { workers: 2 }, 'the admin server of worker 1 would listen on port 65536: choose a port of at most 65534'],
] as const)('%j with %j is refused', ([option, after], system, message) => {
  expect(() => adminSettings(agent(system), option, after, {})).toThrow(message);
});
