import {
  CategoryScale,
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  Plugin,
  PointElement,
  Tooltip,
} from 'chart.js';
import type { LineColours, LineData, LineDrawing } from './line-drawing';

Chart.register(CategoryScale, Filler, LinearScale, LineController, LineElement, PointElement, Tooltip);

const FONT_PX = 11;

/** A line over time with its area, on a canvas. */
export function drawLine(canvas: HTMLCanvasElement): LineDrawing {
  let data: LineData = { labels: [], values: [], marks: [] };
  let colours: LineColours = { line: '', grid: '', text: '', mark: '' };
  const family = getComputedStyle(canvas).fontFamily;
  // Of its axes and tooltips too, which are Helvetica otherwise.
  Chart.defaults.font.family = family;

  const marks: Plugin<'line'> = {
    id: 'marks',
    afterDatasetsDraw({ ctx, chartArea: { top, bottom, left, right }, scales }) {
      ctx.save();
      ctx.setLineDash([3, 3]);
      ctx.strokeStyle = colours.mark;
      ctx.fillStyle = colours.text;
      ctx.font = `${FONT_PX}px ${family}`;
      let free = left;
      for (const { index, label } of data.marks) {
        const x = scales['x']?.getPixelForValue(index) ?? 0;
        ctx.beginPath();
        ctx.moveTo(x, top - FONT_PX);
        ctx.lineTo(x, bottom);
        ctx.stroke();
        // A word that would lie over the one before is left to the table.
        const width = ctx.measureText(label).width + 12;
        // Right of its line, or left of it where the chart ends.
        const at = x + width <= right ? x + 6 : x - width + 6;
        if (at < free) continue;
        ctx.fillText(label, at, top - 4);
        free = at + width;
      }
      ctx.restore();
    },
  };

  const chart = new Chart<'line', number[], string>(canvas, {
    type: 'line',
    data: { labels: [], datasets: [{ data: [], borderWidth: 2, pointRadius: 0, fill: 'origin', tension: 0 }] },
    options: {
      // Nothing moves unless somebody should act.
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      layout: { padding: { top: FONT_PX + 6, right: 8 } },
      plugins: { legend: { display: false }, tooltip: { displayColors: false } },
      scales: {
        x: { grid: { display: false }, ticks: { maxTicksLimit: 6, maxRotation: 0, font: { size: FONT_PX } } },
        y: { beginAtZero: true, border: { display: false }, ticks: { maxTicksLimit: 5, font: { size: FONT_PX } } },
      },
    },
    plugins: [marks],
  });

  return {
    show(newData, newColours) {
      data = newData;
      colours = newColours;
      const [dataset] = chart.data.datasets;
      chart.data.labels = [...data.labels];
      if (dataset) {
        dataset.data = [...data.values];
        dataset.borderColor = colours.line;
        dataset.backgroundColor = faint(colours.line);
      }
      for (const scale of ['x', 'y']) {
        const options = chart.options.scales?.[scale];
        if (!options) continue;
        options.ticks = { ...options.ticks, color: colours.text };
        options.grid = { ...options.grid, color: colours.grid };
      }
      chart.update('none');
    },
    destroy: () => chart.destroy(),
  };
}

/** `rgb(11, 95, 116)` at 14 %, for the area below the line. */
const faint = (colour: string): string => colour.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.14)');
