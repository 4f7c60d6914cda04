/** The journal of systemd, read from its files: no libsystemd, no journalctl. */
import { compileSystemdFields, defineInput, owned, param, section, systemdFields } from '#logferry';
import { compileMatches } from './matches.ts';
import { JournalReading } from './reading.ts';
import { scanJournal } from './scan.ts';

export default defineInput({
  type: 'systemd',
  doc: 'Reads the journal of systemd from its files, of every format that systemd has written since 2012, and follows it.',
  config: {
    path: param.string('Folder of the journal: its files and those in sub-folders named by machine id. It may appear later.', {
      default: '/var/log/journal',
    }),
    filters: param.values('Older name of matches.', { default: [], deprecated: 'filters has been renamed as matches' }),
    matches: param.values(
      'Which entries: a list of hashes, of which one has to match. A hash matches if all of its fields do; the value of a field may be a list of alternatives.',
      { optional: true },
    ),
    read_from_head: param.bool('Begin with the oldest entry where no position is known, not with the newest.', { default: false }),
    tag: param.string('Tag of the events.'),
    storage: owned('storage', 'Where the position (a cursor) is kept; without a persistent one reading begins anew with each start.', {
      defaultType: 'local',
      defaults: { persistent: false },
    }),
    entry: section('How an entry becomes a record.', systemdFields, { init: true }),
  },
  singleWorker: true,

  create(config, context) {
    const storage = context.create(config.storage);
    const param = config.matches === undefined ? 'filters' : 'matches';
    const matches = compileMatches(config.matches ?? config.filters, (message) =>
      context.problem({ message: `${param}: ${message}`, at: context.place(param), hint: 'such as [{"_SYSTEMD_UNIT": "kubelet.service"}]' }));
    const wanted = config.entry.field_map_strict ? new Set(config.entry.field_map.keys()) : undefined;
    const shared = { path: context.path(config.path), tag: config.tag, matches, wanted, toRecord: compileSystemdFields(config.entry), context };
    const reading = new JournalReading({ ...shared, readFromHead: config.read_from_head, storage });
    return {
      start: () => reading.start(),
      stop: () => reading.stop(),
      close: () => reading.close(),
      unacknowledged: () => reading.unacknowledged,
      status: () => reading.status(),
      scan: (scan) => scanJournal({ ...shared, configured: config.path }, scan),
    };
  },
});
