/** The type of the dragged data. It has no content: the page knows the selection. */
const SELECTION = 'application/x-cloudmover-selection';

/** Starts dragging the selection. @param label the text to show at the pointer */
export function dragSelection(event: DragEvent, label: string): void {
  if (!event.dataTransfer) return;
  event.dataTransfer.setData(SELECTION, '');
  event.dataTransfer.effectAllowed = 'copy';
  const image = document.createElement('div');
  image.className = 'drag-image';
  image.textContent = label;
  document.body.append(image);
  event.dataTransfer.setDragImage(image, 12, 12);
  // In the next task, the browser has taken its picture.
  setTimeout(() => image.remove());
}

export const isSelectionDrag = (event: DragEvent): boolean => event.dataTransfer?.types.includes(SELECTION) ?? false;
