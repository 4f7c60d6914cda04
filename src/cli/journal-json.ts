/** Journal entries as lines of JSON, as `journalctl -o json --all` prints them. */
import { textToBytes, type JournalEntry } from '../systemd-journal-reader/index.ts';

/**
 * What is printed as a list of bytes: text that is not valid, control characters other than tab and
 * line feed, and code points that are no characters.
 */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const NOT_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]|[\ud83f\ud87f\ud8bf\ud8ff\ud93f\ud97f\ud9bf\ud9ff\uda3f\uda7f\udabf\udaff\udb3f\udb7f\udbbf\udbff][\udffe\udfff]/;

/** One line without the line break: position and times first (`__CURSOR` ...), then the fields in their order. */
export function entryJson(entry: JournalEntry): string {
  const values = new Map<string, string[]>();
  for (const { name, value } of entry.fields()) {
    if (name === '_BOOT_ID') continue;
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  let line = `{"__CURSOR":"${entry.cursor}","__REALTIME_TIMESTAMP":"${entry.realtime}","__MONOTONIC_TIMESTAMP":"${entry.monotonic}"`
    + `,"__SEQNUM":"${entry.seqnum}","__SEQNUM_ID":"${entry.seqnumId}","_BOOT_ID":"${entry.bootId}"`;
  for (const [name, list] of values) {
    line += `,"${name}":${list.length === 1 ? valueJson(list[0]) : `[${list.map(valueJson).join(',')}]`}`;
  }
  return `${line}}`;
}

function valueJson(value: string): string {
  return value.isWellFormed() && !NOT_TEXT.test(value) ? JSON.stringify(value) : `[${textToBytes(value).join(',')}]`;
}
