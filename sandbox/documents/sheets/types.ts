import { typesFrom } from '../../http/json-types.ts';

/**
 * The messages of the Sheets API that the sandbox reads or returns, from Google's discovery document
 * (https://sheets.googleapis.com/$discovery/rest?version=v4). `any` stands for parts that are not modelled.
 */
export const SHEETS_TYPES = typesFrom(`
AddNamedRangeRequest namedRange:NamedRange
AddProtectedRangeRequest protectedRange:ProtectedRange
AddSheetRequest properties:SheetProperties
AppendCellsRequest fields:s rows:RowData[] sheetId:i tableId:s
AppendDimensionRequest dimension:s length:i sheetId:i
BatchClearValuesRequest ranges:s[]
BatchUpdateSpreadsheetRequest commentsViewMode:s includeSpreadsheetInResponse:b requests:Request[]
  responseIncludeGridData:b responseRanges:s[]
BatchUpdateValuesRequest data:ValueRange[] includeValuesInResponse:b responseDateTimeRenderOption:s
  responseValueRenderOption:s valueInputOption:s
BooleanCondition type:s values:ConditionValue[]
Border color:Color colorStyle:ColorStyle style:s width:i
Borders bottom:Border left:Border right:Border top:Border
CellData chipRuns:ChipRun[] dataSourceFormula:any dataSourceTable:any dataValidation:DataValidationRule
  effectiveFormat:CellFormat effectiveValue:ExtendedValue formattedValue:s hyperlink:s note:s pivotTable:any
  textFormatRuns:TextFormatRun[] userEnteredFormat:CellFormat userEnteredValue:ExtendedValue
CellFormat backgroundColor:Color backgroundColorStyle:ColorStyle borders:Borders horizontalAlignment:s
  hyperlinkDisplayType:s numberFormat:NumberFormat padding:Padding textDirection:s textFormat:TextFormat
  textRotation:TextRotation verticalAlignment:s wrapStrategy:s
Chip personProperties:PersonProperties richLinkProperties:RichLinkProperties
ChipRun chip:Chip startIndex:i
Color alpha:n blue:n green:n red:n
ColorStyle rgbColor:Color themeColor:s
CommentAnchor anchorId:s range:GridRange
ConditionValue relativeDate:s userEnteredValue:s
DataSourceColumnReference name:s
DataValidationRule condition:BooleanCondition inputMessage:s showCustomUi:b strict:b
DeleteDimensionRequest range:DimensionRange
DeleteNamedRangeRequest namedRangeId:s
DeleteProtectedRangeRequest protectedRangeId:i
DeleteSheetRequest sheetId:i
DimensionProperties dataSourceColumnReference:DataSourceColumnReference developerMetadata:any hiddenByFilter:b
  hiddenByUser:b pixelSize:i
DimensionRange dimension:s endIndex:i sheetId:i startIndex:i
DuplicateSheetRequest insertSheetIndex:i newSheetId:i newSheetName:s sourceSheetId:i
Editors domainUsersCanEdit:b groups:s[] users:s[]
ErrorValue message:s type:s
ExtendedValue boolValue:b errorValue:ErrorValue formulaValue:s numberValue:n stringValue:s
FindReplaceRequest allSheets:b find:s includeFormulas:b matchCase:b matchEntireCell:b range:GridRange replacement:s
  searchByRegex:b sheetId:i
GridCoordinate columnIndex:i rowIndex:i sheetId:i
GridData columnMetadata:DimensionProperties[] rowData:RowData[] rowMetadata:DimensionProperties[] startColumn:i
  startRow:i
GridProperties columnCount:i columnGroupControlAfter:b frozenColumnCount:i frozenRowCount:i hideGridlines:b rowCount:i
  rowGroupControlAfter:b
GridRange endColumnIndex:i endRowIndex:i sheetId:i startColumnIndex:i startRowIndex:i
InsertDimensionRequest inheritFromBefore:b range:DimensionRange
Link uri:s
MergeCellsRequest mergeType:s range:GridRange
NamedRange name:s namedRangeId:s range:GridRange
NumberFormat pattern:s type:s
Padding bottom:i left:i right:i top:i
PersonProperties displayFormat:s email:s
ProtectedRange description:s editors:Editors namedRangeId:s protectedRangeId:i range:GridRange requestingUserCanEdit:b
  tableId:s unprotectedRanges:GridRange[] warningOnly:b
RepeatCellRequest cell:CellData fields:s range:GridRange
Request addBanding:any addChart:any addCommentReply:any addConditionalFormatRule:any addDataSource:any
  addDimensionGroup:any addFilterView:any addNamedRange:AddNamedRangeRequest
  addProtectedRange:AddProtectedRangeRequest addSheet:AddSheetRequest addSlicer:any addTable:any
  appendCells:AppendCellsRequest appendDimension:AppendDimensionRequest autoFill:any autoResizeDimensions:any
  cancelDataSourceRefresh:any clearBasicFilter:any copyPaste:any createDeveloperMetadata:any cutPaste:any
  deleteBanding:any deleteComment:any deleteCommentReply:any deleteConditionalFormatRule:any deleteDataSource:any
  deleteDeveloperMetadata:any deleteDimension:DeleteDimensionRequest deleteDimensionGroup:any deleteDuplicates:any
  deleteEmbeddedObject:any deleteFilterView:any deleteNamedRange:DeleteNamedRangeRequest
  deleteProtectedRange:DeleteProtectedRangeRequest deleteRange:any deleteSheet:DeleteSheetRequest deleteTable:any
  duplicateFilterView:any duplicateSheet:DuplicateSheetRequest findReplace:FindReplaceRequest insertComment:any
  insertDimension:InsertDimensionRequest insertRange:any mergeCells:MergeCellsRequest moveDimension:any pasteData:any
  randomizeRange:any refreshDataSource:any repeatCell:RepeatCellRequest setBasicFilter:any
  setDataValidation:SetDataValidationRequest sortRange:any textToColumns:any trimWhitespace:any
  unmergeCells:UnmergeCellsRequest updateBanding:any updateBorders:any updateCells:UpdateCellsRequest
  updateChartSpec:any updateCommentPost:any updateConditionalFormatRule:any updateDataSource:any
  updateDeveloperMetadata:any updateDimensionGroup:any updateDimensionProperties:any updateEmbeddedObjectBorder:any
  updateEmbeddedObjectPosition:any updateFilterView:any updateNamedRange:UpdateNamedRangeRequest
  updateProtectedRange:UpdateProtectedRangeRequest updateSheetProperties:UpdateSheetPropertiesRequest
  updateSlicerSpec:any updateSpreadsheetProperties:UpdateSpreadsheetPropertiesRequest updateTable:any
RichLinkProperties mimeType:s uri:s
RowData values:CellData[]
SetDataValidationRequest filteredRowsIncluded:b range:GridRange rule:DataValidationRule
Sheet bandedRanges:any basicFilter:any charts:any columnGroups:any commentAnchors:CommentAnchor[]
  conditionalFormats:any data:GridData[] developerMetadata:any filterViews:any merges:GridRange[]
  properties:SheetProperties protectedRanges:ProtectedRange[] rowGroups:any slicers:any tables:any
SheetProperties dataSourceSheetProperties:any gridProperties:GridProperties hidden:b index:i rightToLeft:b sheetId:i
  sheetType:s tabColor:Color tabColorStyle:ColorStyle title:s
Spreadsheet comments:any commentsViewMode:s dataSources:any dataSourceSchedules:any developerMetadata:any
  namedRanges:NamedRange[] properties:SpreadsheetProperties sheets:Sheet[] spreadsheetId:s spreadsheetUrl:s
SpreadsheetProperties autoRecalc:s defaultFormat:CellFormat importFunctionsExternalUrlAccessAllowed:b
  iterativeCalculationSettings:any locale:s spreadsheetTheme:any timeZone:s title:s
TextFormat bold:b fontFamily:s fontSize:i foregroundColor:Color foregroundColorStyle:ColorStyle italic:b link:Link
  strikethrough:b underline:b
TextFormatRun format:TextFormat startIndex:i
TextRotation angle:n vertical:b
UnmergeCellsRequest range:GridRange
UpdateCellsRequest fields:s range:GridRange rows:RowData[] start:GridCoordinate
UpdateNamedRangeRequest fields:s namedRange:NamedRange
UpdateProtectedRangeRequest fields:s protectedRange:ProtectedRange
UpdateSheetPropertiesRequest fields:s properties:SheetProperties
UpdateSpreadsheetPropertiesRequest fields:s properties:SpreadsheetProperties
ValueRange majorDimension:s range:s values:any
`);
