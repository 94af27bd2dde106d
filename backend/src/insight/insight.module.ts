import { Global, Module } from '@nestjs/common';
import { Activity } from './activity.js';
import { Insight } from './insight.js';
import { Metrics } from './metrics.js';
import { Pseudonyms } from './pseudonyms.js';
import { Tracing } from './tracing.js';

/** Counts and records events, and provides the figures. ActivityStore comes from an adapter module. */
@Global()
@Module({
  providers: [Metrics, Activity, Insight, Pseudonyms, Tracing],
  exports: [Metrics, Activity, Insight, Pseudonyms, Tracing],
})
export class InsightModule {}
