import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { OperatorOnly } from '../session/operator.guard.js';
import { AnalyticsDto, AnalyticsQueryDto, UsageByDayDto } from './analytics.dto.js';
import { AnalyticsService } from './analytics.service.js';

/** The operator's figures of the whole installation. */
@ApiTags('operations')
@Controller()
export class AnalyticsController {
  constructor(private readonly analytics: AnalyticsService) {}

  /**
   * Activity over the last hour to 30 days
   * @remarks Connections, sessions, items, bytes, failures, the pace of accounts and the health of the system, for all
   *   processes together, up to about a second ago. Accounts appear as pseudonyms; no person, address or file is named.
   */
  @Get('session/analytics')
  @Header('cache-control', 'no-store')
  @OperatorOnly({ polled: true, scope: 'analytics' })
  getAnalytics(@Query() { range }: AnalyticsQueryDto): Promise<AnalyticsDto> {
    return this.analytics.of(range);
  }

  /**
   * Google’s quota units by class and day
   * @remarks What all requests to Google used on each of the last fourteen days of Google’s, how much of
   *   `GOOGLE_UNITS_PER_DAY` is used today, and how many transfers wait for the next day.
   */
  @Get('api/usage')
  @Header('cache-control', 'no-store')
  @OperatorOnly({ polled: true, scope: 'analytics' })
  getUsage(): Promise<UsageByDayDto> {
    return this.analytics.usage();
  }
}
