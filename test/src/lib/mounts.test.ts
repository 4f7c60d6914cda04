import { expect, test } from 'vitest';
import { fromFolder, mountsOf, toFolder } from '../../../src/lib/mounts.ts';

const mounts = mountsOf([{ path: '/var/log', folder: '/copy/logs' }], '/copy/root');

test.each([
  ['/var/log/app/a.log', '/copy/logs/app/a.log'],
  ['/var/log', '/copy/logs'],
  ['/var/logs/x', '/copy/root/var/logs/x'],
  ['/', '/copy/root'],
  ['/etc/x', '/copy/root/etc/x'],
])('%s lies in %s, and back', (configured, folder) => {
  expect(toFolder(configured, mounts).replace(/(.)\/$/, '$1')).toBe(folder);
  expect(fromFolder(folder, mounts)).toBe(configured);
});

test('relative paths and folders of no mount stay as they are', () => {
  expect(toFolder('logs/a', mounts)).toBe('logs/a');
  expect(toFolder('/etc/x', mountsOf([{ path: '/var/log', folder: '/l' }], undefined))).toBe('/etc/x');
  expect(fromFolder('/elsewhere', mounts)).toBe('/elsewhere');
  expect(fromFolder('/copy/root..x', mounts)).toBe('/copy/root..x');
});
