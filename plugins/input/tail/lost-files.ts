/** Finds files that were renamed while nobody watched or while they were closed, and opens them where they go on. */
import { errorText } from '#logferry';
import { plainContent, type Content } from './content.ts';
import { closeFile } from './file-access.ts';
import { gzipContent, hasMark } from './gzip-content.ts';
import type { Marks } from './marks.ts';
import type { Opener } from './opener.ts';
import type { Leftover } from './position-file.ts';
import { siblingsOf, type Sibling } from './siblings.ts';
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
  /** Where that one is gone: files that were created after this, milliseconds since 1970. */
  readonly createdAfter: number;
}

/** A file that was found, open. */
export interface FoundFile {
  readonly dev: bigint;
  readonly inode: bigint;
  readonly content: Content;
  readonly position: number;
  /** Bytes; 0 if it is not known. */
  readonly size: number;
  /** What it is called now. */
  readonly name: string;
}

/** A file and where it goes on. */
interface Rest {
  readonly sibling: Sibling;
  readonly inode: bigint;
  readonly position: number;
}

export class LostFiles {
  readonly #options: LostFilesOptions;

  constructor(options: LostFilesOptions) {
    this.#options = options;
  }

  /** The lost files of a path that have a rest, oldest first. `others`: inodes that are read already. Those that are gone are told of. */
  async open(path: string, lost: Lost, others: ReadonlySet<bigint>): Promise<FoundFile[]> {
    const { work, marks } = this.#options;
    let siblings: Sibling[];
    try {
      siblings = await siblingsOf(path, work.resolve);
    } catch (error) {
      work.log.warn(`it could not be seen whether ${path} was rotated`, { error });
      return [];
    }
    const plain = siblings.filter(({ gzip }) => !gzip);
    const known: Rest[] = [];
    let gone = false;
    for (const { inode, position } of lost.known) {
      const sibling = plain.find((each) => each.inode === inode) ?? (await this.#compressed(siblings, inode));
      if (sibling) known.push({ sibling, inode, position });
      else if (!others.has(inode)) {
        if (inode === lost.latest) gone = true;
        work.counters.abandoned('deleted', { path, inode, bytes: 0, unsure: inode === lost.latest });
      }
    }
    const latest = known.find(({ inode }) => inode === lost.latest)?.sibling;
    const isKnown = (sibling: Sibling) => known.some((rest) => rest.sibling === sibling);
    const created = latest && !latest.gzip && latest.createdAt > 0 ? latest.createdAt : lost.createdAfter;
    const young = plain.filter((each) => each.likeRotated && each.createdAt > created && !isKnown(each));
    // Of a compressed file only its last change tells when it was rotated. Without a mark any of them may have been read already.
    const changed = latest ? latest.modifiedAt : gone && lost.latest !== undefined && marks?.of(lost.latest) ? lost.createdAfter : Infinity;
    const packed = marks ? siblings.filter((each) => each.gzip && each.likeRotated && each.modifiedAt > changed && !isKnown(each)) : [];
    const rests = [
      ...known.toSorted((a, b) => a.sibling.modifiedAt - b.sibling.modifiedAt),
      ...packed.toSorted((a, b) => a.modifiedAt - b.modifiedAt).map(anew),
      ...young.toSorted((a, b) => a.createdAt - b.createdAt).map(anew),
    ];
    const found: FoundFile[] = [];
    for (const rest of rests) {
      if (others.has(rest.sibling.inode) || (!rest.sibling.gzip && rest.sibling.size <= rest.position)) continue;
      const opened = await this.#open(path, rest);
      if (opened) found.push(opened);
    }
    return found;
  }

  /** The content of a file that was closed; see `WatchedFileHooks.find`. */
  async find(path: string, file: { readonly dev: bigint; readonly inode: bigint }): Promise<Content | 'gone' | 'later'> {
    const { work } = this.#options;
    try {
      const siblings = await siblingsOf(path, work.resolve);
      const sibling = siblings.find((each) => !each.gzip && each.inode === file.inode && each.dev === file.dev) ?? (await this.#compressed(siblings, file.inode));
      if (!sibling) return 'gone';
      const opened = await this.#open(path, { sibling, inode: file.inode, position: 0 });
      return opened?.content ?? 'later';
    } catch (error) {
      work.log.debug('a closed file could not be looked for', { path, error: errorText(error) });
      return 'later';
    }
  }

  /** The compressed file of an inode: the one that has its mark, or has itself that inode as it was being read. */
  async #compressed(siblings: readonly Sibling[], inode: bigint): Promise<Sibling | undefined> {
    const { marks } = this.#options;
    if (!marks) return undefined;
    const packed = siblings.filter(({ gzip }) => gzip).toSorted((a, b) => b.modifiedAt - a.modifiedAt);
    const same = packed.find((each) => each.inode === inode);
    if (same) return same;
    const mark = marks.of(inode);
    if (!mark) return undefined;
    for (const each of packed) if (await hasMark(each.path, mark)) return each;
    return undefined;
  }

  async #open(path: string, { sibling, inode, position }: Rest): Promise<FoundFile | undefined> {
    const { opener, work } = this.#options;
    const name = sibling.path;
    if (sibling.gzip) {
      const content = gzipContent(name, (error) => {
        work.log.warn('a compressed file is damaged; what could be unpacked of it is read', { path: name, error });
        work.counters.abandoned('damaged', { path, inode, bytes: 0 });
      });
      return { dev: sibling.dev, inode, content, position, size: 0, name };
    }
    const opened = await opener.open(name, path);
    if (!opened) return undefined;
    if (opened.inode === inode) return { ...opened, content: plainContent(opened.fd), position, name };
    await closeFile(opened.fd);
    return undefined;
  }
}

function anew(sibling: Sibling): Rest {
  return { sibling, inode: sibling.inode, position: 0 };
}
