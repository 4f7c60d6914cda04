/** Renames fields of journal entries. */
import { compileSystemdFields, defineFilter, systemdFields, withEvents } from '#logferry';

export default defineFilter({
  type: 'systemd_entry',
  doc: 'Renames the fields of journal entries, as the `<entry>` section of the systemd input does.',
  config: systemdFields,

  create(config) {
    const rename = compileSystemdFields(config);
    return {
      filter: (batch) => withEvents(batch, batch.events.map(({ time, record }) => ({ time, record: rename(record) }))),
    };
  },
});
