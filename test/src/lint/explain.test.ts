import { expect, test } from 'vitest';
import { explainTag, expandTag } from '../../../src/lint/explain.ts';
import { reasonFor } from '../../../src/lint/pattern-reason.ts';
import { compileMatchPattern } from '../../../src/routing/match-pattern.ts';
import { checkText } from '../../support/check.ts';

const CONFIG = `<source>
  @type tail
  @id files
  @label @IN
  path /var/log/app/*.log
  pos_file /var/lib/app.pos
  tag app.*
  <parse>
    @type none
  </parse>
</source>
<source>
  @type forward
</source>
<label @IN>
  <filter app.**>
    @type record_transformer
    <record>
      stream_name \${tag_parts[-2]}
    </record>
  </filter>
  <filter other.**>
    @type stdout
  </filter>
  <match app.**>
    @type copy
    <store>
      @type relabel
      @label @OUT
    </store>
    <store>
      @type rewrite_tag_filter
      @label @OUT
      <rule>
        key level
        pattern /^error$/
        tag error.\${tag_parts[0]}
      </rule>
      <rule>
        key level
        pattern /^(.*)$/
        tag level.$1
      </rule>
    </store>
  </match>
  <match **>
    @type null
  </match>
</label>
<label @OUT>
  <match error.*>
    @type null
  </match>
  <match app.** x>
    @type cloudwatch_logs
    @id out
    region eu-west-1
    log_group_name /apps/\${tag[0]}
    log_stream_name_key stream_name
    <buffer tag>
      @type memory
    </buffer>
  </match>
</label>
`;

test('a tag is followed through copies, labels and new tags to group and stream', async () => {
  const { model, errors } = await checkText(CONFIG);
  expect(errors).toEqual([]);
  const found = explainTag(model!, 'app.var.log.app.web.log');
  expect(found.sources.map(({ id, type, gives, label }) => [id ?? type, gives, label])).toEqual([['files', true, '@IN'], ['forward', null, '@ROOT']]);
  expect(found.labels.map(({ label, tag, by, taken }) => [label, tag, by, taken])).toEqual([
    ['@IN', 'app.var.log.app.web.log', null, true],
    ['@OUT', 'app.var.log.app.web.log', 'copy', true],
    ['@OUT', 'error.app', 'copy', true],
  ]);
  const [input, output, errorTag] = found.labels;
  expect(input!.rules.map(({ pattern, matches, tried, reason }) => [pattern, matches, tried, reason])).toEqual([
    ['app.**', true, true, 'the tag is app, or begins with app.'],
    ['other.**', false, true, 'part 1 of the tag is app, the pattern wants other'],
    ['app.**', true, true, 'the tag is app, or begins with app.'],
    ['**', true, false, 'not tried: line 25 has taken it'],
  ]);
  expect(input!.rules[2]!.ends.map(({ text, next }) => [text, next])).toEqual([
    ['goes on to <label @OUT>', { label: '@OUT', tag: 'app.var.log.app.web.log' }],
    ['if level matches /^error$/: tag error.app, in <label @OUT>', { label: '@OUT', tag: 'error.app' }],
    ['if level matches /^(.*)$/: tag level.$1, in <label @OUT>', { label: '@OUT', tag: null }],
  ]);
  expect(output!.rules[1]!.ends[0]).toMatchObject({ id: 'out', group: '/apps/app', stream: 'web' });
  expect(errorTag!.condition).toBe('if level matches /^error$/: tag error.app, in <label @OUT>');
  expect(errorTag!.rules[0]!.ends[0]!.text).toBe('is thrown away');
});

test('a tag that no source gives begins where any tag may come in', async () => {
  const { model } = await checkText(CONFIG);
  const found = explainTag(model!, 'unknown');
  expect(found.labels).toMatchObject([{ label: '@ROOT', taken: false, rules: [] }]);
});

test('a label to begin in may be given', async () => {
  const { model } = await checkText(CONFIG);
  expect(explainTag(model!, 'x', '@OUT').labels).toMatchObject([{ label: '@OUT', taken: true, rules: [{ matches: false }, { matches: true, reason: 'x takes it' }] }]);
});

test('parts of the tag are filled in, other placeholders stay', () => {
  expect(expandTag('${tag}|${tag[1]}|${tag_parts[-1]}|${tag_prefix[1]}|${tag_suffix[1]}|${hostname}|${tag_parts[9]}', 'a.b.c')).toBe('a.b.c|b|c|a.b|b.c|${hostname}|');
});

test.each([
  ['a.*', 'a.b.c', 'the tag has 3 parts, the pattern 2: * stands for one part, ** for any number'],
  ['a', 'a.b', 'the tag has 2 parts, the pattern 1: a.** would take it'],
  ['a.b.c', 'a.b', 'the tag has 2 parts, the pattern wants 3 parts'],
  ['a.x*', 'a.b', 'part 2 of the tag is b, the pattern wants x*'],
  ['**.z', 'a.b', 'the tag does not end as it should: .z'],
  ['a b', 'c', 'none of the patterns takes it'],
  ['/x/', 'c', 'the regular expression does not match the whole tag'],
  ['{a,b}', 'c', 'the tag does not fit'],
  ['a.b', 'a.b', 'it is the same tag'],
  ['**', 'a', '** takes every tag'],
])('%s and %s: %s', (pattern, tag, reason) => {
  expect(reasonFor(pattern, tag, compileMatchPattern(pattern).matches(tag))).toBe(reason);
});
