import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/errors.ts';
import { Float } from '../../../src/lib/value.ts';
import {
  compileRuby, compileRubyText, configEvaluator, copyForRuby, RubyError, RubyEventTime, rubyInspect, RubyLimitError, rubySupport, RubyTime,
  toRecordValue, type RubyHost, type RubyValue,
} from '../../../src/ruby/index.ts';

const at = { file: 'fluent.conf', line: 7, column: 11 };
const variables = ['record', 'tag', 'tag_parts', 'time'];

function run(source: string, given: Record<string, RubyValue> = {}, scope: 'event' | 'config' = 'event'): RubyValue {
  return compileRuby(source, { at, scope, variables }).run(given);
}

function problem(source: string, scope: 'event' | 'config' = 'event'): string {
  try {
    compileRuby(source, { at, scope, variables });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no problem';
}

function failure(source: string, given: Record<string, RubyValue> = {}): string {
  try {
    run(source, given);
  } catch (error) {
    if (error instanceof RubyError) return `${error.rubyClass}: ${error.message}`;
    if (error instanceof RubyLimitError) return `limit: ${error.message}`;
    throw error;
  }
  return 'no failure';
}

describe('what is wrong with an expression is said with its place', () => {
  test.each([
    ["ENV['HOME'", "fluent.conf:7:21: Ruby in ${ENV['HOME'}: expected ',' or ']', found the end of the expression"],
    ['1 +', 'fluent.conf:7:14: Ruby in ${1 +}: expected a value, found the end of the expression'],
    ['record["a"].upcas', "fluent.conf:7:23: Ruby in ${record[\"a\"].upcas}: the method 'upcas' is not known here (did you mean 'upcase'?)"],
    ['recrod["a"]', "fluent.conf:7:11: Ruby in ${recrod[\"a\"]}: 'recrod' is not a known variable or function here (did you mean 'record'?)"],
    ['no_such.thing', "fluent.conf:7:11: Ruby in ${no_such.thing}: 'no_such' is not a known variable or function here (variables are record, tag, tag_parts, time)"],
    ['Tyme.now', "fluent.conf:7:11: Ruby in ${Tyme.now}: the constant 'Tyme' is not known here (did you mean 'Time'?)"],
    ['Time.nou', "fluent.conf:7:16: Ruby in ${Time.nou}: 'Time.nou' is not supported here (did you mean 'now'?)"],
    ['while true; end', "fluent.conf:7:11: Ruby in ${while true; end}: 'while' is not supported here (loops are written as 'list.each { |x| ... }')"],
    ['x = 1\ny = +', 'fluent.conf:8:6: Ruby in ${x = 1\ny = +}: expected a value, found the end of the expression'],
    ['"#{1 + }"', "fluent.conf:7:18: Ruby in ${\"#{1 + }\"}: expected a value, found the end of the expression"],
    ['/(/', 'fluent.conf:7:11: Ruby in ${/(/}: '],
    ['a.b = 1', "fluent.conf:7:13: Ruby in ${a.b = 1}: cannot assign to the attribute 'b' (variables, @variables and list[index] can be assigned to)"],
    ['case 1 in Integer then 1 end', "fluent.conf:7:18: Ruby in ${case 1 in Integer then 1 end}: pattern matching ('case ... in') is not supported here (use 'when')"],
    ['record.fetch("a").upcase!', "fluent.conf:7:29: Ruby in ${record.fetch(\"a\").upcase!}: 'upcase!' cannot change the text that 'fetch' gives (use '[...]' to reach it, or assign the changed text)"],
  ])('%j', (source, message) => {
    expect(problem(source)).toContain(message);
  });

  test('the text of a configuration is quoted as it stands there', () => {
    expect(problem("ENV['HOME'", 'config')).toContain("#{ENV['HOME'}");
  });
});

describe('an expression reaches nothing but its variables and the methods of the tables', () => {
  test.each([
    'eval("1")', 'system("ls")', '`ls`', '%x(ls)', 'exit', 'exec("ls")', 'Kernel.exit', 'Object.const_get(:File)', '"x".instance_eval { 1 }',
    '"x".constructor', 'record.__proto__', '$stdout', '$LOAD_PATH', 'IO.popen("ls")', 'File.write("a", "b")', 'File.delete("a")', 'Process.kill(9, 1)',
    'ENV["X"] = "1"', 'ENV.delete("X")', 'self', 'binding', 'def x; end', 'class X; end', 'puts 1', 'sleep 1', 'loop { }', 'fork', 'load "x"',
  ])('%s is no expression', (source) => {
    expect(problem(source, 'config')).toMatch(/^fluent\.conf:7:/);
  });

  test.each(['File.read("/etc/passwd")', 'File.exist?("/")', 'open("/etc/passwd")', 'File.open("x") { |f| f.read }', 'Dir.exist?("/")', 'IO.read("x")', 'use_nil'])(
    '%s is for configurations only',
    (source) => {
      expect(problem(source)).toMatch(/only allowed in the configuration's own|is not known here/);
    },
  );

  test('files cannot be read by way of a variable either', () => {
    expect(failure('f = File; f.read("/etc/passwd")')).toBe('SecurityError: an expression on events cannot read files');
    expect(failure('File.send(:read, "/etc/passwd")')).toBe('SecurityError: an expression on events cannot read files');
  });

  test('functions are found by name only among those that are known', () => {
    expect(run('%w[1 2].map(&method(:Integer))')).toEqual([1, 2]);
    expect(failure('method(:eval).call("1")')).toBe("NameError: undefined method 'eval'");
  });

  test('names of properties of JavaScript objects are keys like any other', () => {
    expect(rubyInspect(run('h = {"__proto__" => 1, "constructor" => 2}; h["toString"] ||= 3; h'))).toBe(
      '{"__proto__" => 1, "constructor" => 2, "toString" => 3}',
    );
    expect(run('record["__proto__"]', { record: new Map() })).toBeNull();
    expect(failure('record.send("constructor")', { record: new Map() })).toContain('NoMethodError');
  });
});

describe('time and memory of an expression are limited', () => {
  test.each([
    '"a" * 1_000_000_000', '(1..100_000_000).to_a', '(1..1_000_000_000).each { |x| x }', 'x = "a"; 60.times { x = x + x }; x', 'x = [1]; 60.times { x += x }; x',
    '2 ** 1_000_000', 'x = 2; 100.times { x = x * x }; x', '1 << 10_000_000', 'f = ->(n) { f.call(n) }; f.call(1)', '"%1000000000d" % 1', '"a".ljust(10_000_000_000)',
    'h = {}; 2_000_000.times { |i| h[i] = i }', '(1..12).to_a.permutation.to_a', 'a = []; a << a; a.flatten', '[0] * 10_000_000', 'Array.new(10_000_000)',
    '[1, 2].cycle { |x| x }',
  ])('%s', (source) => {
    expect(failure(source)).toMatch(/^limit: /);
  });

  test('a limit cannot be rescued', () => {
    expect(failure('("a" * 1_000_000_000) rescue 1')).toMatch(/^limit: /);
    expect(failure('begin; (1..1_000_000_000).each { }; rescue Exception; 1; end')).toMatch(/^limit: /);
  });

  test('nesting is limited when an expression is read', () => {
    expect(problem('('.repeat(5000) + '1' + ')'.repeat(5000))).toContain('nested more than');
    expect(problem('['.repeat(100_000))).toContain('nested');
  });

  test('a result that contains itself is not stored', () => {
    expect(() => toRecordValue(run('a = []; a << a; a'))).toThrow(RubyLimitError);
  });
});

describe('errors have the names and messages of Ruby', () => {
  test.each([
    ['nil.upcase', "NoMethodError: undefined method 'upcase' for nil"],
    ['5.upcase', "NoMethodError: undefined method 'upcase' for an instance of Integer"],
    ['nil["x"]', "NoMethodError: undefined method '[]' for nil"],
    ['nil + 1', "NoMethodError: undefined method '+' for nil"],
    ['10 / 0', 'ZeroDivisionError: divided by 0'],
    ['10 % 0', 'ZeroDivisionError: divided by 0'],
    ['{}.fetch("a")', 'KeyError: key not found: "a"'],
    ['Integer("x")', 'ArgumentError: invalid value for Integer(): "x"'],
    ['Integer(nil)', "TypeError: can't convert nil into Integer"],
    ['"a" + 1', 'TypeError: no implicit conversion of Integer into String'],
    ['"a" + nil', 'TypeError: no implicit conversion of nil into String'],
    ['[1] + nil', 'TypeError: no implicit conversion of nil into Array'],
    ['1 < "a"', 'ArgumentError: comparison of Integer with String failed'],
    ['1 < nil', 'ArgumentError: comparison of Integer with nil failed'],
    ['[3, "a"].max', 'ArgumentError: comparison of String with 3 failed'],
    ['[3, "a"].sort', 'ArgumentError: comparison of Integer with String failed'],
    ['raise "own"', 'RuntimeError: own'],
    ['raise ArgumentError', 'ArgumentError: ArgumentError'],
    ['"abc".center', 'ArgumentError: wrong number of arguments (given 0, expected 1..2)'],
    ['[1, 2].first(-1)', 'ArgumentError: attempt to take negative size'],
    ['[[1, 2, 3]].to_h', 'ArgumentError: element has wrong array length (expected 2, was 3)'],
    ['(0.0 / 0).to_i', 'FloatDomainError: NaN'],
    ['"\\xff".split("a")', 'no failure'],
    ['"\\xff" =~ /x/', 'ArgumentError: invalid byte sequence in UTF-8'],
  ])('%s', (source, message) => {
    expect(failure(source)).toBe(message);
  });

  test('a text that a block was given is not changed in vain', () => {
    const record = new Map([['a', 'x']]);
    expect(failure('record.each { |k, v| v << "y" }', { record })).toContain('NotImplementedError');
    expect(failure('record.each_with_object("") { |x, s| s << "a" }', { record })).toContain('NotImplementedError');
    expect(run('%w[a b].inject("") { |s, x| s << x }')).toBe('ab');
  });
});

describe('a program tells what it needs', () => {
  test('which variables it reads', () => {
    expect(compileRuby('tag + record["a"]', { at, scope: 'event', variables }).uses).toEqual(['record', 'tag']);
    expect(compileRuby('"#{tag_parts[0]}"', { at, scope: 'event', variables }).uses).toEqual(['tag_parts']);
    expect(compileRuby('1', { at, scope: 'event', variables }).uses).toEqual([]);
  });

  test.each([
    ['record["a"] = 1', true], ['record.delete("a")', true], ['record["l"] << 1', true], ['record["a"].gsub!(/x/, "")', true], ['record["o"]["n"] += 1', true],
    ['record["l"].map(&:upcase!)', true], ['record.each { |k, v| record[k] = v }', true], ['record["a"].gsub(/x/, "")', false], ['x = record["a"]; x += 1', false],
    ['record.merge({"a" => 1})', false],
  ])('whether it changes lists and hashes: %s', (source, mutates) => {
    expect(compileRuby(source, { at, scope: 'event', variables }).mutates).toBe(mutates);
  });

  test('an expression that changes nothing leaves the record as it is', () => {
    const record = new Map<string, RubyValue>([['l', [3, 1]], ['h', new Map([['k', 'v']])]]);
    run('record["l"].sort.reverse.map { |x| x + 1 }; record["h"].merge({"n" => 1}); record.select { false }', { record });
    expect(record).toEqual(new Map<string, RubyValue>([['l', [3, 1]], ['h', new Map([['k', 'v']])]]));
  });

  test('a copy keeps the changes of an expression from the record', () => {
    const record = new Map([['o', new Map([['k', 1]])]]);
    const copy = copyForRuby(record);
    run('record["o"].delete("k"); record["new"] = 1', { record: copy });
    expect(record).toEqual(new Map([['o', new Map([['k', 1]])]]));
    expect(rubyInspect(copy)).toBe('{"o" => {}, "new" => 1}');
  });
});

describe('variables', () => {
  test('a time that was turned to UTC stays so for the next expression of the event', () => {
    const time = new RubyTime(1664755201, 0, 7200);
    run('time.utc', { time });
    expect(run('time.to_s', { time })).toBe('2022-10-03 00:00:01 UTC');
  });

  test('@variables are kept in the state that runs share', () => {
    const state = new Map<string, RubyValue>();
    compileRuby('@count = 40', { at, scope: 'config' }).run({}, state);
    expect(compileRuby('@count += 2', { at, scope: 'event' }).run({}, state)).toBe(42);
    expect(state.get('@count')).toBe(42);
  });

  test('local variables do not live on to the next run', () => {
    const program = compileRuby('x = (x || 0) + 1; x', { at, scope: 'event' });
    expect([program.run({}), program.run({})]).toEqual([1, 1]);
  });

  test('the last match does not live on to the next run', () => {
    const program = compileRuby('[$1, tag =~ /(b)/]', { at, scope: 'event', variables });
    expect(program.run({ tag: 'abc' })).toEqual([null, 1]);
    expect(program.run({ tag: 'abc' })).toEqual([null, 1]);
  });

  test('an event time is a number that knows its nanoseconds', () => {
    const time = new RubyEventTime(1664755201, 250000000);
    expect(run('[time.to_i, time.to_f, time.nsec, time + 1, time.to_s, Time.at(time).utc.iso8601(3), time > 5]', { time })).toEqual([
      1664755201, 1664755201.25, 250000000, 1664755202, '1664755201', '2022-10-03T00:00:01.250Z', true,
    ]);
  });
});

describe('values for records', () => {
  test.each<[string, unknown]>([
    [':a', 'a'], ['{a: :b, 1 => nil}', new Map<string, unknown>([['a', 'b'], ['1', null]])], ['[1.0, 2**64]', [new Float(1), 2n ** 64n]],
    ['Time.at(0).utc', '1970-01-01 00:00:00 UTC'], ['1..3', '1..3'], ['/a/i', '(?i-mx:a)'], ['Integer', 'Integer'], ['3r/4', '3/4'],
    ['Date.new(2022, 10, 3)', '2022-10-03'], ['"abc".match(/b/)', 'b'], ['[[:a], {b: [:c]}]', [['a'], new Map([['b', ['c']]])]],
  ])('%s', (source, value) => {
    expect(toRecordValue(run(source))).toEqual(value);
  });

  test('what need not change is the same object', () => {
    const record = new Map<string, RubyValue>([['l', [1, 'a', null]]]);
    expect(toRecordValue(run('record', { record }))).toBe(record);
  });
});

describe('texts with expressions', () => {
  const given = { record: new Map<string, RubyValue>([['a', 'x'], ['n', 2]]), tag: 't' };
  const text = (source: string, style: 'brackets' | 'quotes'): RubyValue => compileRubyText(source, style, { at, scope: 'event', variables }).run(given);

  test('expressions are filled in', () => {
    expect(text('a=${record["a"]} n=${record["n"] + 1}!', 'brackets')).toBe('a=x n=3!');
    expect(text("${record['a']}-${record['nope']}", 'quotes')).toBe('x-');
    expect(text('plain [text]', 'brackets')).toBe('plain [text]');
  });

  test('escapes count, as in the Ruby text that Fluentd makes of it', () => {
    expect(text('a\\t${tag}', 'brackets')).toBe('a\tt');
  });

  test('errors name the place within the text', () => {
    const at20 = { ...at, column: 20 };
    const compile = (): unknown => compileRubyText('ab ${recrod}', 'brackets', { at: at20, scope: 'event', variables });
    expect(compile).toThrow("fluent.conf:7:25: Ruby in ab ${recrod}: 'recrod' is not a known variable or function here (did you mean 'record'?)");
  });
});

describe('expressions of configurations', () => {
  const files: Record<string, string> = { '/secret': 'line one\nline two\n' };
  const host: RubyHost = {
    env: { HOME: '/root', EMPTY: '' },
    hostname: () => 'node-1.example',
    workerId: 3,
    now: () => ({ sec: 1664755201, nsec: 0 }),
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('none'), { code: 'ENOENT' });
      return Buffer.from(text);
    },
    fileKind: (path) => (files[path] === undefined ? undefined : { kind: 'file', size: files[path].length }),
  };
  const evaluate = configEvaluator(host);

  test.each([
    ["ENV['HOME']", '/root'], ["ENV['NOPE']", ''], ["ENV.fetch('NOPE') { |n| n.downcase }", 'nope'], ['hostname', 'node-1.example'], ['worker_id', '3'],
    ['Socket.gethostname.split(".").first', 'node-1'], ["File.read('/secret').lines.first.strip", 'line one'], ["File.open('/secret') { |f| f.readline }.chomp", 'line one'],
    ["open('/secret', 'r') do |f| f.read end.lines.size", '2'], ["File.exist?('/nope') ? 1 : 2", '2'], ["File.read('/nope') rescue 'none'", 'none'],
    ["File.readlines('/secret', chomp: true).join('|')", 'line one|line two'], ['Time.now.utc.year', '2022'], ["ENV.to_h.keys.sort.join(',')", 'EMPTY,HOME'],
    ["ENV.map { |k, v| k }.size", '2'], ["require 'socket'; Socket.gethostname", 'node-1.example'], ["[ENV['HOME'], nil].compact.to_s", '["/root"]'],
    ["File.open('/secret').each_line.map(&:strip).last", 'line two'], ["ENV.fetch('HOME', nil)&.upcase", '/ROOT'],
  ])('%s', (source, text) => {
    expect(evaluate(source, at)).toBe(text);
  });

  test('use_nil and use_default stand for the whole parameter, and are not rescued', () => {
    expect(String(evaluate("ENV['NOPE'] || use_nil", at))).toBe('Symbol(use_nil)');
    expect(String(evaluate('(use_default rescue 1)', at))).toBe('Symbol(use_default)');
  });

  test('failures say what failed, where', () => {
    expect(() => evaluate("ENV['NOPE'].upcase", at)).toThrow(
      "fluent.conf:7:11: Ruby in #{ENV['NOPE'].upcase} failed: undefined method 'upcase' for nil (NoMethodError)",
    );
    expect(() => evaluate("File.read('/nope')", at)).toThrow('No such file or directory @ rb_sysopen - /nope (Errno::ENOENT)');
    expect(() => evaluate("ENV.fetch('NOPE')", at)).toThrow('key not found: "NOPE" (KeyError)');
    expect(() => evaluate("File.open('/secret', 'w')", at)).toThrow('expressions can only read files (SecurityError)');
  });
});

describe('what is supported can be listed', () => {
  test('types and modules with their methods', () => {
    const support = new Map(rubySupport().map(({ type, methods }) => [type, methods]));
    expect(support.get('String')).toContain('gsub');
    expect(support.get('Time.')).toContain('strptime');
    expect(support.get('Kernel')).toContain('format');
  });

  test('every method whose name says that it changes its receiver is known to do so', () => {
    for (const { methods } of rubySupport()) {
      for (const method of methods) {
        if (!/^\w+!$/.test(method) || method === 'parse!') continue;
        expect(compileRuby(`record.${method}`, { at, scope: 'event', variables }).mutates).toBe(true);
      }
    }
  });
});
