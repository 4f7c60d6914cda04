/** The journal of systemd. */
import { defineInput, owned, param, section } from '#logferry';

export default defineInput({
  type: 'systemd',
  doc: 'Reads the journal of systemd. This version accepts the configuration, says at the start that it reads nothing, and runs the rest.',
  config: {
    path: param.string('Folder of the journal.', { default: '/var/log/journal' }),
    filters: param.values('Old name of matches.', { default: [], deprecated: 'filters has been renamed as matches' }),
    matches: param.values('Which entries: a list of hashes, joined by OR; the fields of one hash by AND.', { optional: true }),
    read_from_head: param.bool('Begin with the oldest entry where no position is known.', { default: false }),
    tag: param.string('Tag of the events.'),
    storage: owned('storage', 'Where the position is kept.', { defaultType: 'local', defaults: { persistent: false } }),
    entry: section('How an entry becomes a record.', {
      field_map: param.hash('Field of the journal -> field or fields of the record.', { default: new Map() }),
      field_map_strict: param.bool('Only mapped fields.', { default: false }),
      fields_strip_underscores: param.bool('Take leading underscores off names.', { default: false }),
      fields_lowercase: param.bool('Names in lower case.', { default: false }),
    }, { init: true }),
  },

  create(config, context) {
    return {
      start() {
        context.log.warn('the journal is not read: this version has no reader for it yet; all other sources run', { path: config.path, tag: config.tag });
      },
    };
  },
});
