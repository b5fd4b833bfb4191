/** A command line that runs a program as root, whoever logs in: its arguments need no quoting. */
export function asRoot(command: string): string {
  return `sh -c 'if [ "$(id -u)" -eq 0 ]; then exec ${command}; fi; exec sudo -n ${command}'`;
}
