/** A configuration of nginx that runs in the foreground, and keeps to this directory; `http` is what its http block holds. */
export function nginxConfiguration(directory: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(name => `${name}_temp_path ${directory}/${name};`)
    .join('\n')
  // Started as root it would read the files as another user, who may not enter the directory.
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  return `
    ${user}
    daemon off;
    worker_processes 1;
    pid ${directory}/nginx.pid;
    events { worker_connections 512; }
    http {
      access_log off;
      ${temporary}
      ${http}
    }`
}
