/**
 * Returns the blocks of a file, each with the number of its first line. In a document each paragraph, list item and
 * table row is a block; in code each paragraph of a comment and each other line. A phrase that breaks over two lines
 * is therefore within one block.
 */
export function blocksOf(file, content) {
  const kindOf = file.endsWith('.md') ? documentLines() : codeLines();
  const blocks = [];
  for (const [index, line] of content.split('\n').entries()) {
    const { text, continues } = kindOf(line);
    const last = blocks.at(-1);
    if (last && continues) last.text += ` ${text}`;
    else blocks.push({ line: index + 1, text });
  }
  return blocks;
}

function documentLines() {
  let inCode = false;
  let inExamples = false;
  let inParagraph = false;
  return (line) => {
    // Generated examples, as in docs/events.md.
    if (/^<!-- .*examples.* -->$/.test(line)) inExamples = !inExamples;
    if (inExamples) return { text: '', continues: false };
    const fence = /^\s*```/.test(line);
    if (fence) inCode = !inCode;
    const begins = fence || inCode || /^\s*(?:$|[-*#|>]|\d+\.)/.test(line);
    const continues = inParagraph && !begins;
    inParagraph = !fence && !inCode && line.trim() !== '';
    return { text: continues ? line.trim() : line, continues };
  };
}

function codeLines() {
  let comment = null;
  return (line) => {
    const single = /^\s*\/\/\s?(.*)$/.exec(line);
    if (single && comment !== 'block') {
      const continues = comment === 'single';
      comment = 'single';
      return { text: continues ? single[1] : line, continues };
    }
    const inner = line.replace(/^\s*\*?(?!\/)\s?/, '');
    const wasInside = comment === 'block';
    const ends = line.includes('*/');
    if (wasInside || /^\s*\/\*/.test(line)) comment = ends ? null : 'block';
    else comment = null;
    // An empty line and a tag begin a new paragraph of the comment.
    return wasInside ? { text: inner, continues: !/^(?:\s*$|@)/.test(inner) } : { text: line, continues: false };
  };
}
