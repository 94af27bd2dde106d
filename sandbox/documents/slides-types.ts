import { typesFrom } from '../http/json-types.ts';

/** The types of the Slides API, from its discovery document (https://slides.googleapis.com/$discovery/rest?version=v1). */
export const SLIDES_TYPES = typesFrom(`
AffineTransform scaleX:n scaleY:n shearX:n shearY:n translateX:n translateY:n unit:s
AutoText content:s style:TextStyle type:s
Autofit autofitType:s fontScale:n lineSpacingReduction:n
BatchUpdatePresentationRequest requests:Request[] writeControl:WriteControl
BatchUpdatePresentationResponse presentationId:s replies:Response[] writeControl:WriteControl
Bullet bulletStyle:TextStyle glyph:s listId:s nestingLevel:i
ColorScheme colors:ThemeColorPair[]
ColorStop alpha:n color:OpaqueColor position:n
CreateImageRequest elementProperties:PageElementProperties objectId:s url:s
CreateImageResponse objectId:s
CreateLineRequest category:s elementProperties:PageElementProperties lineCategory:s objectId:s
CreateLineResponse objectId:s
CreateParagraphBulletsRequest bulletPreset:s cellLocation:TableCellLocation objectId:s textRange:Range
CreateShapeRequest elementProperties:PageElementProperties objectId:s shapeType:s
CreateShapeResponse objectId:s
CreateSheetsChartRequest chartId:i elementProperties:PageElementProperties linkingMode:s objectId:s spreadsheetId:s
CreateSheetsChartResponse objectId:s
CreateSlideRequest insertionIndex:i objectId:s placeholderIdMappings:LayoutPlaceholderIdMapping[]
  slideLayoutReference:LayoutReference
CreateSlideResponse objectId:s
CreateTableRequest columns:i elementProperties:PageElementProperties objectId:s rows:i
CreateTableResponse objectId:s
CreateVideoRequest elementProperties:PageElementProperties id:s objectId:s source:s
CreateVideoResponse objectId:s
CropProperties angle:n bottomOffset:n leftOffset:n rightOffset:n topOffset:n
DeleteObjectRequest objectId:s
DeleteParagraphBulletsRequest cellLocation:TableCellLocation objectId:s textRange:Range
DeleteTableColumnRequest cellLocation:TableCellLocation tableObjectId:s
DeleteTableRowRequest cellLocation:TableCellLocation tableObjectId:s
DeleteTextRequest cellLocation:TableCellLocation objectId:s textRange:Range
Dimension magnitude:n unit:s
DuplicateObjectRequest objectId:s objectIds:Map.s
DuplicateObjectResponse objectId:s
Group children:PageElement[]
GroupObjectsRequest childrenObjectIds:s[] groupObjectId:s
GroupObjectsResponse objectId:s
Image contentUrl:s imageProperties:ImageProperties placeholder:Placeholder sourceUrl:s
ImageProperties brightness:n contrast:n cropProperties:CropProperties link:Link outline:Outline recolor:Recolor
  shadow:Shadow transparency:n
InsertTableColumnsRequest cellLocation:TableCellLocation insertRight:b number:i tableObjectId:s
InsertTableRowsRequest cellLocation:TableCellLocation insertBelow:b number:i tableObjectId:s
InsertTextRequest cellLocation:TableCellLocation insertionIndex:i objectId:s text:s
LayoutPlaceholderIdMapping layoutPlaceholder:Placeholder layoutPlaceholderObjectId:s objectId:s
LayoutProperties displayName:s masterObjectId:s name:s
LayoutReference layoutId:s predefinedLayout:s
Line lineCategory:s lineProperties:LineProperties lineType:s
LineConnection connectedObjectId:s connectionSiteIndex:i
LineFill solidFill:SolidFill
LineProperties dashStyle:s endArrow:s endConnection:LineConnection lineFill:LineFill link:Link startArrow:s
  startConnection:LineConnection weight:Dimension
Link pageObjectId:s relativeLink:s slideIndex:i url:s
List listId:s nestingLevel:Map.NestingLevel
MasterProperties displayName:s
MergeTableCellsRequest objectId:s tableRange:TableRange
NestingLevel bulletStyle:TextStyle
NotesProperties speakerNotesObjectId:s
OpaqueColor rgbColor:RgbColor themeColor:s
OptionalColor opaqueColor:OpaqueColor
Outline dashStyle:s outlineFill:OutlineFill propertyState:s weight:Dimension
OutlineFill solidFill:SolidFill
Page layoutProperties:LayoutProperties masterProperties:MasterProperties notesProperties:NotesProperties objectId:s
  pageElements:PageElement[] pageProperties:PageProperties pageType:s revisionId:s slideProperties:SlideProperties
PageBackgroundFill propertyState:s solidFill:SolidFill stretchedPictureFill:StretchedPictureFill
PageElement description:s elementGroup:Group image:Image line:Line objectId:s shape:Shape sheetsChart:SheetsChart
  size:Size speakerSpotlight:SpeakerSpotlight table:Table title:s transform:AffineTransform video:Video
  wordArt:WordArt
PageElementProperties pageObjectId:s size:Size transform:AffineTransform
PageProperties colorScheme:ColorScheme pageBackgroundFill:PageBackgroundFill
ParagraphMarker bullet:Bullet style:ParagraphStyle
ParagraphStyle alignment:s direction:s indentEnd:Dimension indentFirstLine:Dimension indentStart:Dimension
  lineSpacing:n spaceAbove:Dimension spaceBelow:Dimension spacingMode:s
Placeholder index:i parentObjectId:s type:s
Presentation layouts:Page[] locale:s masters:Page[] notesMaster:Page pageSize:Size presentationId:s revisionId:s
  slides:Page[] title:s
Range endIndex:i startIndex:i type:s
Recolor name:s recolorStops:ColorStop[]
RefreshSheetsChartRequest objectId:s
ReplaceAllShapesWithImageRequest containsText:SubstringMatchCriteria imageReplaceMethod:s imageUrl:s pageObjectIds:s[]
  replaceMethod:s
ReplaceAllShapesWithImageResponse occurrencesChanged:i
ReplaceAllShapesWithSheetsChartRequest chartId:i containsText:SubstringMatchCriteria linkingMode:s pageObjectIds:s[]
  spreadsheetId:s
ReplaceAllShapesWithSheetsChartResponse occurrencesChanged:i
ReplaceAllTextRequest containsText:SubstringMatchCriteria pageObjectIds:s[] replaceText:s
ReplaceAllTextResponse occurrencesChanged:i
ReplaceImageRequest imageObjectId:s imageReplaceMethod:s url:s
Request createImage:CreateImageRequest createLine:CreateLineRequest
  createParagraphBullets:CreateParagraphBulletsRequest createShape:CreateShapeRequest
  createSheetsChart:CreateSheetsChartRequest createSlide:CreateSlideRequest createTable:CreateTableRequest
  createVideo:CreateVideoRequest deleteObject:DeleteObjectRequest deleteParagraphBullets:DeleteParagraphBulletsRequest
  deleteTableColumn:DeleteTableColumnRequest deleteTableRow:DeleteTableRowRequest deleteText:DeleteTextRequest
  duplicateObject:DuplicateObjectRequest groupObjects:GroupObjectsRequest insertTableColumns:InsertTableColumnsRequest
  insertTableRows:InsertTableRowsRequest insertText:InsertTextRequest mergeTableCells:MergeTableCellsRequest
  refreshSheetsChart:RefreshSheetsChartRequest replaceAllShapesWithImage:ReplaceAllShapesWithImageRequest
  replaceAllShapesWithSheetsChart:ReplaceAllShapesWithSheetsChartRequest replaceAllText:ReplaceAllTextRequest
  replaceImage:ReplaceImageRequest rerouteLine:RerouteLineRequest ungroupObjects:UngroupObjectsRequest
  unmergeTableCells:UnmergeTableCellsRequest updateImageProperties:UpdateImagePropertiesRequest
  updateLineCategory:UpdateLineCategoryRequest updateLineProperties:UpdateLinePropertiesRequest
  updatePageElementAltText:UpdatePageElementAltTextRequest updatePageElementsZOrder:UpdatePageElementsZOrderRequest
  updatePageElementTransform:UpdatePageElementTransformRequest updatePageProperties:UpdatePagePropertiesRequest
  updateParagraphStyle:UpdateParagraphStyleRequest updateShapeProperties:UpdateShapePropertiesRequest
  updateSlideProperties:UpdateSlidePropertiesRequest updateSlidesPosition:UpdateSlidesPositionRequest
  updateTableBorderProperties:UpdateTableBorderPropertiesRequest
  updateTableCellProperties:UpdateTableCellPropertiesRequest
  updateTableColumnProperties:UpdateTableColumnPropertiesRequest
  updateTableRowProperties:UpdateTableRowPropertiesRequest updateTextStyle:UpdateTextStyleRequest
  updateVideoProperties:UpdateVideoPropertiesRequest
RerouteLineRequest objectId:s
Response createImage:CreateImageResponse createLine:CreateLineResponse createShape:CreateShapeResponse
  createSheetsChart:CreateSheetsChartResponse createSlide:CreateSlideResponse createTable:CreateTableResponse
  createVideo:CreateVideoResponse duplicateObject:DuplicateObjectResponse groupObjects:GroupObjectsResponse
  replaceAllShapesWithImage:ReplaceAllShapesWithImageResponse
  replaceAllShapesWithSheetsChart:ReplaceAllShapesWithSheetsChartResponse replaceAllText:ReplaceAllTextResponse
RgbColor blue:n green:n red:n
Shadow alignment:s alpha:n blurRadius:Dimension color:OpaqueColor propertyState:s rotateWithShape:b
  transform:AffineTransform type:s
Shape placeholder:Placeholder shapeProperties:ShapeProperties shapeType:s text:TextContent
ShapeBackgroundFill propertyState:s solidFill:SolidFill
ShapeProperties autofit:Autofit contentAlignment:s link:Link outline:Outline shadow:Shadow
  shapeBackgroundFill:ShapeBackgroundFill
SheetsChart chartId:i contentUrl:s sheetsChartProperties:SheetsChartProperties spreadsheetId:s
SheetsChartProperties chartImageProperties:ImageProperties
Size height:Dimension width:Dimension
SlideProperties isSkipped:b layoutObjectId:s masterObjectId:s notesPage:Page
SolidFill alpha:n color:OpaqueColor
SpeakerSpotlight speakerSpotlightProperties:SpeakerSpotlightProperties
SpeakerSpotlightProperties outline:Outline shadow:Shadow
StretchedPictureFill contentUrl:s size:Size
SubstringMatchCriteria matchCase:b searchByRegex:b text:s
Table columns:i horizontalBorderRows:TableBorderRow[] rows:i tableColumns:TableColumnProperties[] tableRows:TableRow[]
  verticalBorderRows:TableBorderRow[]
TableBorderCell location:TableCellLocation tableBorderProperties:TableBorderProperties
TableBorderFill solidFill:SolidFill
TableBorderProperties dashStyle:s tableBorderFill:TableBorderFill weight:Dimension
TableBorderRow tableBorderCells:TableBorderCell[]
TableCell columnSpan:i location:TableCellLocation rowSpan:i tableCellProperties:TableCellProperties text:TextContent
TableCellBackgroundFill propertyState:s solidFill:SolidFill
TableCellLocation columnIndex:i rowIndex:i
TableCellProperties contentAlignment:s tableCellBackgroundFill:TableCellBackgroundFill
TableColumnProperties columnWidth:Dimension
TableRange columnSpan:i location:TableCellLocation rowSpan:i
TableRow rowHeight:Dimension tableCells:TableCell[] tableRowProperties:TableRowProperties
TableRowProperties minRowHeight:Dimension
TextContent lists:Map.List textElements:TextElement[]
TextElement autoText:AutoText endIndex:i paragraphMarker:ParagraphMarker startIndex:i textRun:TextRun
TextRun content:s style:TextStyle
TextStyle backgroundColor:OptionalColor baselineOffset:s bold:b fontFamily:s fontSize:Dimension
  foregroundColor:OptionalColor italic:b link:Link smallCaps:b strikethrough:b underline:b
  weightedFontFamily:WeightedFontFamily
ThemeColorPair color:RgbColor type:s
UngroupObjectsRequest objectIds:s[]
UnmergeTableCellsRequest objectId:s tableRange:TableRange
UpdateImagePropertiesRequest fields:s imageProperties:ImageProperties objectId:s
UpdateLineCategoryRequest lineCategory:s objectId:s
UpdateLinePropertiesRequest fields:s lineProperties:LineProperties objectId:s
UpdatePageElementAltTextRequest description:s objectId:s title:s
UpdatePageElementTransformRequest applyMode:s objectId:s transform:AffineTransform
UpdatePageElementsZOrderRequest operation:s pageElementObjectIds:s[]
UpdatePagePropertiesRequest fields:s objectId:s pageProperties:PageProperties
UpdateParagraphStyleRequest cellLocation:TableCellLocation fields:s objectId:s style:ParagraphStyle textRange:Range
UpdateShapePropertiesRequest fields:s objectId:s shapeProperties:ShapeProperties
UpdateSlidePropertiesRequest fields:s objectId:s slideProperties:SlideProperties
UpdateSlidesPositionRequest insertionIndex:i slideObjectIds:s[]
UpdateTableBorderPropertiesRequest borderPosition:s fields:s objectId:s tableBorderProperties:TableBorderProperties
  tableRange:TableRange
UpdateTableCellPropertiesRequest fields:s objectId:s tableCellProperties:TableCellProperties tableRange:TableRange
UpdateTableColumnPropertiesRequest columnIndices:i[] fields:s objectId:s tableColumnProperties:TableColumnProperties
UpdateTableRowPropertiesRequest fields:s objectId:s rowIndices:i[] tableRowProperties:TableRowProperties
UpdateTextStyleRequest cellLocation:TableCellLocation fields:s objectId:s style:TextStyle textRange:Range
UpdateVideoPropertiesRequest fields:s objectId:s videoProperties:VideoProperties
Video id:s source:s url:s videoProperties:VideoProperties
VideoProperties autoPlay:b end:i mute:b outline:Outline start:i
WeightedFontFamily fontFamily:s weight:i
WordArt renderedText:s
WriteControl requiredRevisionId:s
`);
