/** Least number of buckets, and the share of them that may be filled. Source: the documentation of Java's HashSet. */
const BUCKETS_MIN = 16;
const LOAD = 0.75;

/**
 * The order in which AWS prints the words of an enumeration. Its services keep them in a Java HashSet, so the order is that
 * of the words' hashes; every list that was recorded from Lambda, the one of its runtimes included, agrees with it. Words
 * that share a bucket stay in the order that they are given in.
 */
export function inSetOrder(words: readonly string[]): string[] {
  let buckets = BUCKETS_MIN;
  while (buckets < Math.floor(words.length / LOAD) + 1) buckets *= 2;
  const bucketOf = (word: string): number => {
    const hash = hashOf(word);
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return words.toSorted((a, b) => bucketOf(a) - bucketOf(b));
}

/** Java's `String.hashCode`. */
function hashOf(word: string): number {
  let hash = 0;
  for (let index = 0; index < word.length; index += 1) hash = (Math.imul(31, hash) + word.charCodeAt(index)) | 0;
  return hash;
}
