import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { DOCUMENT_PARTS, type DocumentPart, LINK_HOLDERS, type LinkHolder } from '../engine/links/document-links.js';
import {
  DOCUMENT_KINDS,
  type DocumentKind,
  LINK_MODES,
  LINK_OUTCOMES,
  LINK_REASON_CODES,
  type LinkReason,
  type LinkMode,
} from '../engine/model/links.js';
import { PageQueryDto } from '../http/page-query.dto.js';

export const LINK_CHOICES = ['leave', ...LINK_MODES] as const;
const ROW_OUTCOMES = [...LINK_OUTCOMES, 'unread'] as const;

/** Links, or documents, with the same reason. */
export class LinkReasonDto {
  @ApiProperty({ enum: LINK_REASON_CODES, enumName: 'LinkCode', example: 'linked_chart' })
  code!: LinkReason;
  /** @example The chart is updated from a spreadsheet, which cannot be changed. */
  title!: string;
  /** What a person can do about it. */
  advice!: string;
  count!: number;
  /** Whether listing or rewriting again can help. */
  retryable!: boolean;
}

/** A kind of documents whose API is switched off in the Google Cloud project of this installation. */
export class ApiOffDto {
  @IsIn(DOCUMENT_KINDS)
  kind!: DocumentKind;
  /** Documents that are not read for that reason. */
  documents!: number;
  /**
   * Where a person switches the API on: its page in Google’s console.
   * @example https://console.cloud.google.com/apis/library/sheets.googleapis.com
   */
  consoleUrl!: string;
}

export class LinkDocumentsDto {
  /** Documents that were read. */
  read!: number;
  /** Documents that could not be read, so that their links are not known, by reason; the most frequent first. */
  unread!: LinkReasonDto[];
}

/** Links in the copied documents. found = waiting + rewritten + outside + unsupported + failed. */
export class TransferLinksDto {
  /** `leave`: they stay as they are; `report`: they are listed; `rewrite`: they are listed, and lead to the copies. */
  @IsIn(LINK_CHOICES)
  mode!: (typeof LINK_CHOICES)[number];
  /** Links to something in Drive. */
  found!: number;
  /** They lead to originals that were copied, and are not rewritten (yet). */
  waiting!: number;
  /** They lead to the copies. */
  rewritten!: number;
  /** They lead to something that was not copied, and stay as they are. */
  outside!: number;
  /** A person has to change them. */
  unsupported!: number;
  /** They could not be rewritten. */
  failed!: number;
  documents!: LinkDocumentsDto;
  /** Why links are `unsupported` or `failed`, the most frequent first. */
  reasons!: LinkReasonDto[];
  apiOff!: ApiOffDto[];
}

/** Documents of one kind, and how many of their links will probably be rewritten. */
export class LinkEstimateDto {
  @IsIn(DOCUMENT_KINDS)
  kind!: DocumentKind;
  documents!: number;
  /** Of them, those that were read. */
  sampled!: number;
  /** Links in all of them that lead to something that will be copied. */
  estimate!: number;
}

/** What happens to links in the copied documents, estimated from a sample of the originals. */
export class PreflightLinksDto {
  /** As in a transfer. */
  @IsIn(LINK_CHOICES)
  mode!: (typeof LINK_CHOICES)[number];
  /** Kinds that occur; empty until it is counted, and where links stay as they are. */
  byKind!: LinkEstimateDto[];
  /** Documents that were read for the estimate, at most 80. */
  sample!: number;
  apiOff!: ApiOffDto[];
}

/** What to do with the links of a transfer that has ended. */
export class LinksDto {
  /** `report` lists links and writes nothing; `rewrite` also makes them lead to the copies. */
  @IsIn(LINK_MODES, { message: `mode must be one of ${LINK_MODES.join(', ')}` })
  mode!: LinkMode;
}

/** Where a person finds a link in its document. */
export class LinkPlaceDto {
  /** What holds the link: a linked text, an address in a text, a smart chip, a formula, … */
  @IsIn(LINK_HOLDERS)
  holder!: LinkHolder;
  @IsIn(DOCUMENT_PARTS)
  part!: DocumentPart;
  /**
   * The title of the tab or sheet, or the number of the slide.
   * @example Regions
   */
  container!: string;
  /**
   * The visible text of the link, or its cell; empty if it has neither.
   * @example B2
   */
  label!: string;
}

/** A link in a copied document, or a document that could not be read. */
export class LinkRowDto {
  /** Ordinal of the document among the items. */
  ordinal!: number;
  /** Path of the document; a "/" inside a name is written as "∕". */
  path!: string;
  /** Id of the copy. */
  documentId!: string;
  /** Opens the copy at Google. */
  webViewLink?: string;
  @IsIn(DOCUMENT_KINDS)
  kind!: DocumentKind;
  /** `unread`: the document could not be read; the row has no link. The others are as in `links` of the transfer. */
  @IsIn(ROW_OUTCOMES)
  outcome!: (typeof ROW_OUTCOMES)[number];
  place?: LinkPlaceDto;
  /**
   * The address or text as it was in the original.
   * @example https://docs.google.com/document/d/1AbCdEfGhIjKlMnOpQrStUvWxYz012345/edit
   */
  text?: string;
  /** The same for the copy; left out if it leads to none. A person can use it where `outcome` is `unsupported`. */
  newText?: string;
  /** Only of `unsupported`, `failed` and `unread`. */
  @ApiProperty({ enum: LINK_REASON_CODES, enumName: 'LinkCode', required: false })
  code?: LinkReason;
  /** The sentence for the code. */
  title?: string;
  /** What a person can do about it. */
  advice?: string;
  /** Its formula shows data again only after a person has allowed access to the new spreadsheet, in the sheet itself. */
  needsConsent?: boolean;
}

export class LinkListDto {
  /** In the order of the documents among the items, then of the links in the document. */
  items!: LinkRowDto[];
  nextCursor?: string;
}

export class LinkListQueryDto extends PageQueryDto {
  /** `nextCursor` of the previous page. */
  @IsOptional()
  @Matches(/^\d{1,15}\.\d{1,9}$/, { message: 'cursor must be the nextCursor of the previous page' })
  cursor?: string;

  /** Only links with this outcome; `unread`: the documents that could not be read. */
  @IsOptional()
  @IsIn(ROW_OUTCOMES)
  outcome?: (typeof ROW_OUTCOMES)[number];

  /**
   * Only links whose document, address or place contains this, without regard to case. One response searches at most
   * 20,000 links: it may contain fewer than `limit` rows, or none, and a `nextCursor` to continue.
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  q?: string;
}
