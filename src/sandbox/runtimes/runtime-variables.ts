/**
 * Variables that every runtime has and a function may override. `LD_LIBRARY_PATH` lacks the folders of Lambda's own
 * operating system image: naming them would make the host's interpreter load libraries that are not its own.
 * The interpreter's folder, as its process sees it, comes first on the PATH, so that what a function starts is of its own version.
 */
export function baseVariables(locate: (path: string) => string, interpreterFolder?: string): Record<string, string> {
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: `${interpreterFolder ? `${interpreterFolder}:` : ''}/usr/local/bin:/usr/bin/:/bin:${locate('/opt/bin')}`,
    LD_LIBRARY_PATH: ['/var/task', '/var/task/lib', '/opt/lib'].map(locate).join(':'),
  };
}
