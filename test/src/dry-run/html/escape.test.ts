import { expect, test } from 'vitest';
import { embedJson, escapeHtml } from '../../../../src/dry-run/html/escape.ts';

test('markup in a log line is text', () => {
  expect(escapeHtml(`</script><img src=x onerror="alert('1')">&`)).toBe('&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;');
});

test('characters that are not seen, or turn the text around, are shown by their number', () => {
  expect(escapeHtml('a\u202eb\u2066c\u2028d\u0000e\u001b[31m\ufeff')).toBe('a[U+202E]b[U+2066]c[U+2028]d[U+0000]e[U+001B][31m[U+FEFF]');
});

test('line breaks and tabs stay as they are', () => {
  expect(escapeHtml('a\n\tb')).toBe('a\n\tb');
});

test('lone surrogates are shown by their number, pairs are letters', () => {
  expect(escapeHtml('\udc80 😀 \ud83d')).toBe('[U+DC80] 😀 [U+D83D]');
});

test('embedded JSON cannot end its element and gives the same value', () => {
  const value = { '</script>': '<!-- \u2028\u2029\u202e & \ud800', __proto__x: [1, null] };
  const text = embedJson(value);
  expect(text).not.toMatch(/[<>&\u2028\u2029\u202e]/);
  expect(JSON.parse(text)).toEqual(value);
});
