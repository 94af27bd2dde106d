import { applyDecorators, Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ShortListQueryDto } from '../http/page-query.dto.js';
import { searchWeight, Weighs } from '../http/throttle.guard.js';
import { CallerSessions } from '../session/session.guard.js';
import type { Session } from '../session/session.port.js';
import { OfEitherAccount } from './api-transfer.js';
import { ItemDto, ItemListDto, ItemListQueryDto } from './items.dto.js';
import { LinkListDto, LinkListQueryDto } from './links.dto.js';
import { ReportDto, ReportQueryDto } from './report.dto.js';
import { AccessListDto, PeopleListDto, PeopleQueryDto, TransferAccessQueryDto } from './sharing.dto.js';
import { TransferContents } from './transfer-contents.js';
import { TransferLogDto } from './transfers.dto.js';

const MAP_EXAMPLE =
  'old_id,new_id,name,path\r\n1AbCdEfGhIjKlMnOpQrStUvWxYz012345,1ZyXwVuTsRqPoNmLkJiHgFeDcBa543210,Budget.pdf,Board decks/2026/Budget.pdf\r\n';

const USAGE_EXAMPLE =
  'class,requests,units,bytes_in,bytes_out\r\nlist,55,5500,,\r\nedit,1173,58650,,\r\ntotal,1228,64150,2500000,220000\r\n';

const LINKS_EXAMPLE =
  'document_path,document_id,kind,place,old_address,new_address,outcome,reason_code,reason\r\nFinance/Budget,1ZyXwVuTsRqPoNmLkJiHgFeDcBa543210,spreadsheet,Regions!B2,https://docs.google.com/document/d/1AbCdEfGhIjKlMnOpQrStUvWxYz012345/edit,https://docs.google.com/document/d/1LmNoPqRsTuVwXyZaBcDeFgHiJk678901/edit,rewritten,,\r\n';

/** Weight of a download, which reads all items: an account gets three at a time, and 60 a minute. */
const DOWNLOAD = 20;

/** Documents and guards a CSV file of a transfer. */
const CsvFile = (example?: string) =>
  applyDecorators(
    ApiOkResponse({ content: { 'text/csv': { schema: { type: 'string' }, ...(example && { example }) } } }),
    OfEitherAccount(),
    Weighs(DOWNLOAD),
  );

@ApiTags('transfers')
@Controller('api/transfers/:id')
export class TransferContentsController {
  constructor(private readonly contents: TransferContents) {}

  /**
   * Items of a transfer
   * @remarks In the order of the plan; `nextCursor` continues with the next page.
   */
  @Get('items')
  @OfEitherAccount()
  @Weighs(searchWeight(['q', 'reason']))
  listItems(
    @Param('id') id: string,
    @Query() query: ItemListQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<ItemListDto> {
    return this.contents.items(id, callers, query);
  }

  /**
   * An item of a transfer
   * @remarks By its ordinal in the plan.
   */
  @Get('items/:ordinal')
  @OfEitherAccount('item_not_found')
  @ApiParam({ name: 'ordinal', description: '`ordinal` of the item.', schema: { type: 'integer' }, example: 0 })
  getItem(
    @Param('id') id: string,
    @Param('ordinal') ordinal: string,
    @CallerSessions() callers: Session[],
  ): Promise<ItemDto> {
    return this.contents.item(id, callers, ordinal);
  }

  /**
   * Who can open the originals and the copies
   * @remarks Only where sharing is carried over; else the list is empty. `outcome` states what became of the permissions.
   */
  @Get('access')
  @OfEitherAccount()
  @Weighs(searchWeight([], 50))
  listAccess(
    @Param('id') id: string,
    @Query() query: TransferAccessQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<AccessListDto> {
    return this.contents.access(id, callers, query);
  }

  /**
   * Permissions and restrictions of the copies as a CSV file
   * @remarks A line for each permission that was to be set: item, grantee, role, outcome and reason; and for each
   *   restriction, with its name in the last column. An item
   *   whose permissions the source could not read has one without a grantee, with the outcome `unread`.
   */
  @Get('access.csv')
  @CsvFile()
  exportAccess(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<StreamableFile> {
    return this.contents.csv(id, callers, 'access');
  }

  /**
   * Links in the copied documents
   * @remarks Only where links are listed or rewritten; else the list is empty. `outcome` states what became of each.
   *   Documents that could not be read have a row without a link.
   */
  @Get('links')
  @OfEitherAccount()
  @Weighs(searchWeight())
  listLinks(
    @Param('id') id: string,
    @Query() query: LinkListQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<LinkListDto> {
    return this.contents.links(id, callers, query);
  }

  /**
   * Links in the copied documents as a CSV file
   * @remarks A line for each link, and for each document that could not be read (`unread`): where it is, its old and new
   *   address, outcome and reason. The lines of each outcome add up to `links` of the transfer.
   */
  @Get('links.csv')
  @CsvFile(LINKS_EXAMPLE)
  exportLinks(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<StreamableFile> {
    return this.contents.csv(id, callers, 'links');
  }

  /**
   * Old and new ids as a CSV file
   * @remarks A line for each item that has a copy: its id and that of the copy, name and path. Available at any time, as
   *   far as the transfer has come; items without a copy, or whose copy an undo moved to the trash, have no line.
   */
  @Get('map.csv')
  @CsvFile(MAP_EXAMPLE)
  exportMap(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<StreamableFile> {
    return this.contents.csv(id, callers, 'map');
  }

  /**
   * What a transfer used at Google as a CSV file
   * @remarks Requests and quota units by class, and the totals with the bytes: `usage` of the transfer. Not a part of
   *   the report as CSV, whose lines are items.
   */
  @Get('usage.csv')
  @CsvFile(USAGE_EXAMPLE)
  exportUsage(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<StreamableFile> {
    return this.contents.csv(id, callers, 'usage');
  }

  /**
   * The people map of a transfer
   * @remarks In the order of its lines.
   */
  @Get('people')
  @OfEitherAccount()
  @Weighs(searchWeight())
  listPeople(
    @Param('id') id: string,
    @Query() query: PeopleQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<PeopleListDto> {
    return this.contents.people(id, callers, query);
  }

  /**
   * Log of a transfer
   * @remarks When it entered each state, and when items began to fail for a reason.
   */
  @Get('log')
  @OfEitherAccount()
  listEvents(
    @Param('id') id: string,
    @Query() query: ShortListQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<TransferLogDto> {
    return this.contents.log(id, callers, query);
  }

  /**
   * Report of a transfer
   * @remarks Each item with its outcome and the reason. Available at any time; final once the transfer has ended.
   *   `reportSha256` of the transfer is the SHA-256 of the JSON from its second line on.
   */
  @Get('report')
  @ApiProduces('application/json', 'text/csv')
  @ApiOkResponse({ type: ReportDto })
  @OfEitherAccount()
  @Weighs(DOWNLOAD)
  getReport(
    @Param('id') id: string,
    @Query() query: ReportQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<StreamableFile> {
    return this.contents.report(id, callers, query.format);
  }
}
