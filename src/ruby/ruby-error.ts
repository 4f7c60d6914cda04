/** Errors of a running expression, with Ruby's class names, and the two signals of configurations. */

/** An error that an expression may rescue; `rubyClass` is Ruby's name of it: `NoMethodError`. */
export class RubyError extends Error {
  readonly type = 'Exception';
  override name = 'RubyError';
  readonly rubyClass: string;
  constructor(rubyClass: string, message: string) {
    super(message);
    this.rubyClass = rubyClass;
  }
}

/**
 * A new {@link RubyError}. Without a stack: expressions rescue errors per event, and the stack of
 * the evaluator tells nobody anything.
 */
export function rubyError(rubyClass: string, message: string): RubyError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new RubyError(rubyClass, message);
  Error.stackTraceLimit = limit;
  return error;
}

export function typeError(message: string): RubyError {
  return rubyError('TypeError', message);
}

export function argumentError(message: string): RubyError {
  return rubyError('ArgumentError', message);
}

/** An expression used too much time or memory. Not to be rescued by the expression. */
export class RubyLimitError extends Error {
  override name = 'RubyLimitError';
}

/** `use_nil` or `use_default` was called: the whole parameter takes that value. */
export class RubySpecial extends Error {
  override name = 'RubySpecial';
  readonly special: 'nil' | 'default';
  constructor(special: 'nil' | 'default') {
    super(`use_${special}`);
    this.special = special;
  }
}

/** Each exception class and its parent. */
const PARENTS: Readonly<Record<string, string>> = {
  StandardError: 'Exception', ArgumentError: 'StandardError', EncodingError: 'StandardError', FiberError: 'StandardError',
  IOError: 'StandardError', EOFError: 'IOError', IndexError: 'StandardError', KeyError: 'IndexError',
  StopIteration: 'IndexError', LocalJumpError: 'StandardError', NameError: 'StandardError', NoMethodError: 'NameError',
  RangeError: 'StandardError', FloatDomainError: 'RangeError', RegexpError: 'StandardError', RuntimeError: 'StandardError',
  FrozenError: 'RuntimeError', SecurityError: 'Exception', NotImplementedError: 'ScriptError', ScriptError: 'Exception',
  SystemCallError: 'StandardError', 'Errno::ENOENT': 'SystemCallError', 'Errno::EACCES': 'SystemCallError',
  'Errno::EISDIR': 'SystemCallError', 'Errno::ENOTDIR': 'SystemCallError', TypeError: 'StandardError',
  ZeroDivisionError: 'StandardError', UncaughtThrowError: 'ArgumentError',
  'Encoding::UndefinedConversionError': 'EncodingError', 'Encoding::InvalidByteSequenceError': 'EncodingError',
  'Encoding::CompatibilityError': 'EncodingError', 'Encoding::ConverterNotFoundError': 'EncodingError',
  'JSON::JSONError': 'StandardError', 'JSON::ParserError': 'JSON::JSONError', 'JSON::GeneratorError': 'JSON::JSONError',
  'JSON::NestingError': 'JSON::ParserError',
  'Date::Error': 'ArgumentError', 'URI::Error': 'StandardError', 'URI::InvalidURIError': 'URI::Error',
  'URI::InvalidComponentError': 'URI::Error', 'IPAddr::Error': 'ArgumentError',
  'IPAddr::InvalidAddressError': 'IPAddr::Error', 'IPAddr::AddressFamilyError': 'IPAddr::Error',
  'IPAddr::InvalidPrefixError': 'IPAddr::InvalidAddressError', 'Math::DomainError': 'ArgumentError', SocketError: 'StandardError',
};

/** Names of all exception classes. */
export const EXCEPTION_CLASSES: readonly string[] = ['Exception', ...Object.keys(PARENTS)];

/** Whether exception class `name` is `ancestor` or below it. */
export function isErrorClass(name: string, ancestor: string): boolean {
  for (let at: string | undefined = name; at !== undefined; at = PARENTS[at]) if (at === ancestor) return true;
  return false;
}
