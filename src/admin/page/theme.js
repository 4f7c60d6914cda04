/** The button for light, dark, or as the system has it; what was chosen stays. */
import { byId, svg } from './dom.js';

const CHOICES = ['system', 'light', 'dark'];
const NAMES = { system: 'as the system', light: 'light', dark: 'dark' };
const SHAPES = {
  light: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5',
  dark: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
};

export function startTheme() {
  const button = byId('theme');
  let choice = stored();
  const show = () => {
    if (choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    button.setAttribute('aria-label', `Colours: ${NAMES[choice]}`);
    button.title = `Colours: ${NAMES[choice]}`;
    button.replaceChildren(svg('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true', fill: choice === 'system' ? 'currentColor' : 'none', 'fill-rule': 'evenodd', stroke: 'currentColor', 'stroke-width': 1.8, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' },
      choice === 'system' ? [svg('path', { d: 'M12 3a9 9 0 0 1 0 18z' }), svg('circle', { cx: 12, cy: 12, r: 9, fill: 'none' })] : svg('path', { d: SHAPES[choice] })));
  };
  button.addEventListener('click', () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    try {
      localStorage.setItem('theme', choice);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    show();
  });
  show();
}

function stored() {
  try {
    const found = localStorage.getItem('theme');
    return CHOICES.includes(found) ? found : 'system';
  } catch {
    return 'system';
  }
}
