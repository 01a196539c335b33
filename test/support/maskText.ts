/**
 * Texts of two servers, or of two moments, are compared after what may differ has been replaced: `<N>` a whole number,
 * `<D>` one with a fraction, `<H>` a hexadecimal one, `<ADDRESS>`, `<DATE>`, `<VALUE>` of what describes the machine.
 * Our version stays as it is. Names in angle brackets of the golden files are replaced likewise.
 */
export function maskText(text: string): string {
  return text.split("\n").map(maskLine).join("\n");
}

function maskLine(line: string): string {
  if (/^(Zookeeper version: |zookeeper\.version=|zk_version\t)/.test(line)) return line;
  if (/^(host\.name|java\.[a-z.]+|os\.(name|arch|version)|user\.[a-z]+)=/.test(line))
    return line.replace(/=.*/, "=<VALUE>");
  return line
    .replace(/^(dataDir|dataLogDir)=.*\/version-2$/, "$1=<VALUE>/version-2")
    .replace(/(expire at ).*:$/, "$1<DATE>:")
    .replace(/\/(\d+\.\d+\.\d+\.\d+|[0-9a-f]*(:[0-9a-f]*){2,}):(\d+|<PEER_PORT>)/, "/<ADDRESS>")
    .replace(/<[A-Z]+_PORT(_\d+)?>/g, "<N>")
    .replace(/0x[0-9a-f]+/g, "<H>")
    .replace(/(?<![\w.<])-?\d+\.\d+(E-?\d+)?(?![\w.])/g, "<D>")
    .replace(/(?<![\w.<-])-?\d+(?=\b|MB)(?!\.\d)/g, "<N>");
}
