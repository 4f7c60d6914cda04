/** Names of methods that change their receiver in place. */

/** Of texts, arrays and hashes alike: those that end in `!` come in addition. */
const MUTATORS = new Set([
  '<<', '[]=', 'append', 'clear', 'compare_by_identity', 'concat', 'default=', 'delete', 'delete_at', 'delete_if', 'fill',
  'force_encoding', 'insert', 'keep_if', 'pop', 'prepend', 'push', 'rehash', 'replace', 'shift', 'store', 'unshift', 'update', 'setbyte',
]);

/** Whether a method of that name may change its receiver. */
export function isMutator(name: string): boolean {
  return (name.endsWith('!') && name !== '!') || MUTATORS.has(name);
}
