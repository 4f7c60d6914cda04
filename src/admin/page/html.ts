/** The page before its script fills it: landmarks, headings and empty tables. Nothing of it comes from anywhere else. */

const HEAD_CELLS = (cells: readonly (readonly [string, string?])[]): string =>
  cells.map(([name, kind]) => `<th scope="col"${kind === undefined ? '' : ` class="${kind}"`}>${name}</th>`).join('');

const SORTED = (cells: readonly (readonly [key: string, name: string, kind?: string])[]): string =>
  cells.map(([key, name, kind]) => `<th scope="col"${kind === undefined ? '' : ` class="${kind}"`} data-key="${key}"><button type="button">${name}</button></th>`).join('');

export const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Logferry</title>
<link rel="icon" href="/page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/page/styles.css">
<script type="module" src="/page/main.js"></script>
</head>
<body>
<a class="skip" href="#pipeline">Skip to the pipeline</a>
<header>
  <div class="bar">
    <img src="/page/icon.svg" alt="" width="36" height="36">
    <div class="name">
      <h1>Logferry <span id="version" class="faint"></span></h1>
      <p id="where" class="faint">connecting …</p>
    </div>
    <p id="state" class="pill" role="status" aria-live="polite"><span class="dot" aria-hidden="true"></span><span id="state-text">Connecting</span></p>
    <button id="theme" type="button" class="quiet" aria-label="Colours: as the system"></button>
  </div>
</header>
<main>
  <form id="login" class="panel notice" hidden>
    <label for="token">This agent asks for its token (LOGFERRY_ADMIN_TOKEN)</label>
    <input id="token" type="password" autocomplete="off" required>
    <button type="submit">Show</button>
  </form>
  <div id="reasons" class="panel notice bad" role="alert" hidden></div>
  <section aria-labelledby="overview-title">
    <h2 id="overview-title" class="unseen">Overview</h2>
    <dl id="overview" class="tiles"></dl>
  </section>
  <section id="pipeline" class="panel" aria-labelledby="pipeline-title" tabindex="-1">
    <div class="title"><h2 id="pipeline-title">Pipeline</h2><p class="faint">events per second</p></div>
    <div id="graph" class="scroll"></div>
    <details>
      <summary>All steps as a table</summary>
      <div class="scroll" role="region" aria-label="Steps" tabindex="0">
        <table id="steps">
          <thead><tr>${HEAD_CELLS([['Step'], ['Id'], ['Label'], ['Pattern'], ['In /s', 'number'], ['Out /s', 'number'], ['In', 'number'], ['Out', 'number'], ['Errors', 'number']])}</tr></thead>
          <tbody></tbody>
        </table>
      </div>
    </details>
  </section>
  <section class="panel" aria-labelledby="buffers-title">
    <div class="title"><h2 id="buffers-title">Buffers</h2><p id="buffers-note" class="faint"></p></div>
    <div class="scroll" role="region" aria-labelledby="buffers-title" tabindex="0">
      <table id="buffers">
        <thead><tr>${HEAD_CELLS([['Output'], ['Staged', 'number'], ['Queued', 'number'], ['Space'], ['Waiting', 'number'], ['Oldest', 'number'], ['Delivered /s', 'number'], ['Failures', 'number'], ['Next try']])}</tr></thead>
        <tbody></tbody>
      </table>
    </div>
  </section>
  <section class="panel" aria-labelledby="files-title">
    <div class="title"><h2 id="files-title">Files</h2><p id="files-note" class="faint"></p>
      <label class="find"><span class="unseen">Show files whose path has</span><input id="files-find" type="search" placeholder="Find a path" autocomplete="off" spellcheck="false"></label></div>
    <div class="scroll tall" role="region" aria-labelledby="files-title" tabindex="0">
      <table id="files">
        <thead><tr>${SORTED([['path', 'Path'], ['unreadBytes', 'Unread', 'number'], ['rate', 'Bytes /s', 'number'], ['lines', 'Lines', 'number'], ['bytes', 'Bytes', 'number']])}</tr></thead>
        <tbody></tbody>
      </table>
    </div>
  </section>
  <div class="pair">
    <section class="panel" aria-labelledby="ledger-title">
      <div class="title"><h2 id="ledger-title">Ledger</h2><p id="balance" class="pill small"><span class="dot" aria-hidden="true"></span><span></span></p></div>
      <dl id="ledger" class="rows"></dl>
      <ul id="imbalances" class="plain bad-text"></ul>
    </section>
    <section class="panel" aria-labelledby="log-title">
      <div class="title"><h2 id="log-title">Warnings and errors</h2><p id="log-note" class="faint"></p></div>
      <ol id="log" class="plain scroll tall" reversed tabindex="0" aria-labelledby="log-title"></ol>
    </section>
  </div>
  <section class="panel" aria-labelledby="tap-title">
    <div class="title"><h2 id="tap-title">Tap</h2><p id="tap-note" class="faint" role="status">Events as they pass, at most 20 a second; nothing is slowed.</p></div>
    <form id="tap-form" class="fields">
      <label>Tag <input id="tap-tag" value="**" autocomplete="off" spellcheck="false" size="28"></label>
      <label>Where <select id="tap-stage">
        <option value="input">after inputs</option>
        <option value="before">before filters</option>
        <option value="after">after filters</option>
        <option value="output">at outputs</option>
        <option value="emit">emitted again</option>
        <option value="error">errors</option>
        <option value="unmatched">unmatched</option>
      </select></label>
      <button id="tap-start" type="submit">Start</button>
    </form>
    <ol id="tap" class="plain scroll tall code" tabindex="0" aria-label="Events" hidden></ol>
  </section>
</main>
<footer class="faint"><p id="process"></p><p><a href="/api/status">status as JSON</a> · <a href="/metrics">metrics</a> · <a href="/healthz">health</a> · <a href="/readyz">readiness</a></p></footer>
<noscript><p class="panel notice">This page needs its script. The same as text: <a href="/api/status">/api/status</a>, or the command <code>logferry top</code>.</p></noscript>
</body>
</html>
`;
