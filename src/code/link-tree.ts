/** Links that Linux follows for one path before it gives up. Source: path_resolution(7). */
const LINKS_MAX = 40;
/** Names on the way to a link's end. No package comes near it, and each link of a hostile one costs no more than this. */
const STEPS_MAX = 512;

interface Node {
  readonly inside: Map<string, Node>;
  target?: string;
}

/** The symbolic links below a folder, by their paths in it, and where they lead together. */
export class LinkTree {
  readonly #root: Node = { inside: new Map() };

  /** A link has been made. Its folders are real ones. */
  set(path: string, target: string): void {
    let node = this.#root;
    for (const name of path.split('/')) {
      let next = node.inside.get(name);
      if (!next) {
        next = { inside: new Map() };
        node.inside.set(name, next);
      }
      node = next;
    }
    node.target = target;
  }

  /** What was at this path is gone, and with it all that was below it. */
  remove(path: string): void {
    const names = path.split('/');
    const last = names.pop() ?? '';
    let node: Node | undefined = this.#root;
    for (const name of names) node = node?.inside.get(name);
    node?.inside.delete(last);
  }

  /** The paths of all links. */
  *paths(): Generator<string> {
    const ahead: (readonly [string, Node])[] = [...this.#root.inside];
    for (let next = ahead.pop(); next; next = ahead.pop()) {
      const [path, node] = next;
      if (node.target !== undefined) yield path;
      for (const [name, inner] of node.inside) ahead.push([`${path}/${name}`, inner]);
    }
  }

  /**
   * Whether whoever follows this path gets out of the folder; also true when the way is too long to tell. Walks as the
   * kernel does, link by link: by its text alone `a/../..` may stay inside, and leaves when `a` is a link to further up.
   */
  leaves(path: string): boolean {
    const ahead = path.split('/').toReversed();
    const behind: (Node | undefined)[] = [];
    let links = 0;
    let steps = ahead.length;
    for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        if (behind.length === 0) return true;
        behind.pop();
        continue;
      }
      const parent = behind.length === 0 ? this.#root : behind.at(-1);
      const next = parent?.inside.get(name);
      if (next?.target === undefined) {
        behind.push(next);
        continue;
      }
      links += 1;
      if (links > LINKS_MAX) return false;
      const names = next.target.split('/', STEPS_MAX + 1);
      steps += names.length;
      if (next.target.startsWith('/') || steps > STEPS_MAX) return true;
      ahead.push(...names.toReversed());
    }
    return false;
  }
}
