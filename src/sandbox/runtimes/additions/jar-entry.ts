import yauzl from 'yauzl';

/** Reads one file out of a jar. Rejects when it has none of that name, or one longer than `bytesMax`. */
export function jarEntry(jar: Buffer, name: string, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(jar, { lazyEntries: true }, (error, archive) => {
      if (error) return reject(error);
      archive.once('error', reject);
      archive.once('end', () => reject(new Error(`the jar has no ${name}`)));
      archive.on('entry', (entry) => {
        if (entry.fileName !== name) return archive.readEntry();
        if (entry.uncompressedSize > bytesMax) return reject(new Error(`${name} in the jar is longer than ${bytesMax} bytes`));
        archive.openReadStream(entry, (failure, stream) => {
          if (failure) return reject(failure);
          const chunks: Buffer[] = [];
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.once('error', reject);
          stream.once('end', () => resolve(Buffer.concat(chunks)));
        });
      });
      archive.readEntry();
    });
  });
}
