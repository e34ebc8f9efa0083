import { rows, type Panel } from './panels.ts';

const datasource = { type: 'prometheus', uid: 'prometheus' };
const columns = 24;
const height = 8;

/** Grafana's dashboard, as its provisioning reads it. */
export function dashboard(): object {
  let y = 0;
  let id = 0;
  const panels = rows.flatMap(({ title, panels: own }) => {
    const width = Math.floor(columns / Math.min(own.length, 3));
    const head = { id: ++id, type: 'row', title, gridPos: { h: 1, w: columns, x: 0, y: y++ }, panels: [] };
    const placed = own.map((panel, index) => ({
      ...panelOf(panel, ++id),
      gridPos: { h: height, w: width, x: (index % 3) * width, y: y + Math.floor(index / 3) * height },
    }));
    y += Math.ceil(own.length / 3) * height;
    return [head, ...placed];
  });
  return {
    uid: 'retort',
    title: 'Retort',
    tags: ['retort'],
    schemaVersion: 39,
    version: 1,
    editable: false,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [] },
    annotations: { list: [] },
    panels,
  };
}

function panelOf({ title, description, unit, queries }: Panel, id: number): object {
  return {
    id,
    type: 'timeseries',
    title,
    description,
    datasource,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: Object.entries(queries).map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      legendFormat,
    })),
  };
}
