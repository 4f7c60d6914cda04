/** Finds files that were renamed while nobody watched or while they were closed, and opens them where they go on. */
import { errorText } from '#logferry';
import { plainContent, type Content } from './content.ts';
import { closeFile, createdBy, isOther } from './file-access.ts';
import { gzipContent, hasMark } from './gzip-content.ts';
import type { Marks } from './marks.ts';
import type { Opener } from './opener.ts';
import type { Leftover } from './position-file.ts';
import { siblingsOf, type Sibling } from './siblings.ts';
import { TICK_MS } from './slack.ts';
import type { SourceWork } from './source-work.ts';

export interface LostFilesOptions {
  readonly work: SourceWork;
  readonly opener: Opener;
  /** Absent: compressed files are not read (`read_gzip_rotated`). */
  readonly marks: Marks | undefined;
}

/** Files of a path that were rotated away and have a rest that nobody has read. */
export interface Lost {
  readonly known: readonly Leftover[];
  /** The last one that was seen: files that were created after it and were rotated since are lost too. */
  readonly latest: bigint | undefined;
  /**
   * Where that one is gone or not known: files that were created after this, milliseconds since 1970 by the clock of the file
   * system. Infinity: all of them are known.
   */
  readonly createdAfter: number;
  /** When the known ones were written down, milliseconds since 1970: a younger file has been given the inode of a deleted one. */
  readonly savedAt: number;
  /** Nothing is told of those that are gone: they may come back. */
  readonly quiet?: boolean;
}

/** A rotated file that was read to its end. */
export interface ReadFile extends Leftover {
  readonly createdAt: number;
}

/** Who else reads files. */
export interface OtherReaders {
  /** Inodes of files that are followed, and when those were created. */
  readonly open: ReadonlyMap<bigint, number>;
  /** Of files that were found under other paths: they are going to be opened, unless they are renamed before that. */
  readonly found: ReadonlySet<bigint>;
  /** Read lately under the same path. */
  readonly read: readonly ReadFile[];
  /** When the file was created that the path names, as far as is known: younger ones come behind it. Infinity: it names none. */
  readonly before: number;
}

export interface Search {
  readonly files: readonly FoundFile[];
  /** What has to be tried again later. */
  readonly left: Lost | undefined;
}

/** A file that was found, open. */
export interface FoundFile {
  readonly dev: bigint;
  readonly inode: bigint;
  readonly content: Content;
  readonly position: number;
  /** Bytes; 0 if it is not known. */
  readonly size: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** What it is called now. */
  readonly name: string;
}

/** What a closed file is read on from; compressed meanwhile, it has another inode. */
export type FoundAgain = Pick<FoundFile, 'content' | 'inode' | 'createdAt'>;

/** A file and where it goes on. */
interface Rest {
  readonly sibling: Sibling;
  readonly inode: bigint;
  readonly position: number;
}

/** How often a file is looked for in a row that is renamed all the time. */
const MOST_ATTEMPTS = 5;

export class LostFiles {
  readonly #options: LostFilesOptions;

  constructor(options: LostFilesOptions) {
    this.#options = options;
  }

  /** The lost files of a path that have a rest, oldest first. Those that are gone are told of. */
  async open(path: string, lost: Lost, others: OtherReaders): Promise<Search> {
    const { work, opener } = this.#options;
    let siblings: Sibling[];
    try {
      siblings = await siblingsOf(path, work.resolve);
      opener.worked(path);
    } catch (error) {
      opener.warn(path, `it could not be seen whether ${path} was rotated; it is tried again`, error);
      return { files: [], left: lost };
    }
    const files: FoundFile[] = [];
    const left: Leftover[] = [];
    for (const { sibling, inode, position: saved } of await this.#rests(path, lost, siblings, others)) {
      // Shorter than its position: it was truncated before it was renamed.
      const position = !sibling.gzip && sibling.size < saved && saved !== Infinity ? 0 : saved;
      if (isOpen(others, sibling) || (!sibling.gzip && sibling.size <= position)) continue;
      const opened = others.found.has(sibling.inode) ? 'later' : await this.#open(path, { sibling, inode, position });
      if (opened === 'later') left.push({ inode, position });
      else if (opened) files.push(opened);
      else this.#gone(path, inode, false);
    }
    return { files, left: left.length === 0 ? undefined : { ...lost, known: left, latest: undefined, createdAfter: Infinity, savedAt: Infinity } };
  }

  /** What `open` would find, to be written down: those that are gone are kept, and those that are open left out. Throws if the folder cannot be read. */
  async list(path: string, lost: Lost, others: OtherReaders): Promise<Leftover[]> {
    const siblings = await siblingsOf(path, this.#options.work.resolve);
    const rests = (await this.#rests(path, { ...lost, quiet: true }, siblings, others)).filter(({ sibling }) => !isOpen(others, sibling));
    const gone = lost.known.filter(({ inode }) => !rests.some((rest) => rest.inode === inode));
    return [...gone, ...rests.map(({ inode, position }) => ({ inode, position }))];
  }

  /** What of the files beside a path is lost, oldest first. */
  async #rests(path: string, lost: Lost, siblings: readonly Sibling[], others: OtherReaders): Promise<Rest[]> {
    const { marks } = this.#options;
    const plain = siblings.filter(({ gzip }) => !gzip);
    const known: Rest[] = [];
    let gone = false;
    for (const { inode, position } of lost.known) {
      const sibling = plain.find((each) => each.inode === inode && each.createdAt <= lost.savedAt + TICK_MS) ?? (await this.#compressed(siblings, inode));
      if (sibling) known.push({ sibling, inode, position });
      else if (!others.open.has(inode) && !others.found.has(inode)) {
        if (inode === lost.latest) gone = true;
        if (!lost.quiet) this.#gone(path, inode, inode === lost.latest);
      }
    }
    const latest = known.find(({ inode }) => inode === lost.latest)?.sibling;
    const isKnown = (sibling: Sibling) => known.some((rest) => rest.sibling === sibling);
    const created = latest && !latest.gzip ? (latest.createdAt > 0 ? latest.createdAt : Math.min(latest.modifiedAt, lost.createdAfter)) : lost.createdAfter;
    const young = plain.filter((each) => each.likeRotated && createdBy(each) >= created && createdBy(each) <= others.before && !isKnown(each));
    // Of a compressed file only its last change tells when it was rotated. Without a mark any of them may have been read already.
    const changed = latest ? latest.modifiedAt : gone && lost.latest !== undefined && (marks?.of(lost.latest).length ?? 0) > 0 ? lost.createdAfter : Infinity;
    const packed = marks ? siblings.filter((each) => each.gzip && each.likeRotated && each.modifiedAt > changed && !isKnown(each)) : [];
    // Of one that the path named for a moment only it is known, and of one before it not.
    if (packed.length === 0 && !known.some(({ sibling }) => sibling.gzip))
      return [...known, ...young.map((each) => anew(each, others.read))].toSorted((a, b) => createdBy(a.sibling) - createdBy(b.sibling));
    return [
      // A compressed file was changed last when it was compressed: then the order of the position file counts.
      ...(known.some(({ sibling }) => sibling.gzip) ? known : known.toSorted((a, b) => a.sibling.modifiedAt - b.sibling.modifiedAt)),
      ...packed.toSorted((a, b) => a.modifiedAt - b.modifiedAt).map((each) => anew(each)),
      ...young.toSorted((a, b) => createdBy(a) - createdBy(b)).map((each) => anew(each, others.read)),
    ];
  }

  #gone(path: string, inode: bigint, unsure: boolean): void {
    this.#options.work.counters.abandoned('deleted', { path, inode, bytes: 0, unsure });
  }

  /** The content of a file that was closed; see `WatchedFileHooks.find`. */
  async find(path: string, file: { readonly dev: bigint; readonly inode: bigint; readonly createdAt: number }): Promise<FoundAgain | 'gone' | 'later'> {
    const { work } = this.#options;
    try {
      const siblings = await siblingsOf(path, work.resolve);
      const isSame = (each: Sibling) => each.inode === file.inode && each.dev === file.dev && !isOther(each.createdAt, file.createdAt);
      const sibling = siblings.find((each) => !each.gzip && isSame(each)) ?? (await this.#compressed(siblings, file.inode));
      if (!sibling) return 'gone';
      return (await this.#open(path, { sibling, inode: file.inode, position: 0 })) ?? 'gone';
    } catch (error) {
      work.log.debug('a closed file could not be looked for', { path, error: errorText(error) });
      return 'later';
    }
  }

  /** The compressed file of an inode: the one that has itself that inode, as it was being read, or has its mark. */
  async #compressed(siblings: readonly Sibling[], inode: bigint): Promise<Sibling | undefined> {
    const { marks } = this.#options;
    if (!marks) return undefined;
    const packed = siblings.filter(({ gzip }) => gzip).toSorted((a, b) => b.modifiedAt - a.modifiedAt);
    const same = packed.find((each) => each.inode === inode);
    if (same) return same;
    for (const mark of marks.of(inode)) for (const each of packed) if (await hasMark(each.path, mark)) return each;
    return undefined;
  }

  /** undefined: it is gone. A file that was renamed since it was seen is looked for again. */
  async #open(path: string, { sibling, inode, position }: Rest): Promise<FoundFile | 'later' | undefined> {
    const { opener, work } = this.#options;
    if (sibling.gzip) return this.#openPacked(path, { sibling, position });
    let name = sibling.path;
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const opened = await opener.open(name, name);
      if (opened && opened.inode === inode && opened.dev === sibling.dev) return { ...opened, content: plainContent(opened.fd), position, name };
      if (opened) await closeFile(opened.fd);
      let siblings: Sibling[];
      try {
        siblings = await siblingsOf(path, work.resolve);
      } catch {
        return 'later';
      }
      const now = siblings.find((each) => !each.gzip && each.inode === inode && each.dev === sibling.dev);
      if (!now) {
        const packed = await this.#compressed(siblings, inode);
        return packed && this.#openPacked(path, { sibling: packed, position });
      }
      // It is there, and cannot be opened.
      if (now.path === name && !opened) return 'later';
      name = now.path;
    }
    return 'later';
  }

  /** It is followed under its own inode: that of the file it was made from may have been given to another one. */
  #openPacked(path: string, { sibling, position }: Pick<Rest, 'sibling' | 'position'>): FoundFile {
    const { work } = this.#options;
    const { path: name, dev, inode } = sibling;
    const content = gzipContent(name, (error) => {
      work.log.warn('a compressed file is damaged; what could be unpacked of it is read', { path: name, error });
      work.counters.abandoned('damaged', { path, inode, bytes: 0 });
    });
    return { dev, inode, content, position, size: 0, createdAt: 0, modifiedAt: sibling.modifiedAt, name };
  }
}

function isOpen({ open }: OtherReaders, { inode, createdAt }: Sibling): boolean {
  const other = open.get(inode);
  return other !== undefined && !isOther(createdAt, other);
}

/** A file that is not in the position file: it goes on behind what was read of it lately. */
function anew(sibling: Sibling, read: readonly ReadFile[] = []): Rest {
  const before = read.find(({ inode, createdAt }) => inode === sibling.inode && createdAt > 0 && createdAt === sibling.createdAt);
  return { sibling, inode: sibling.inode, position: before?.position ?? 0 };
}
