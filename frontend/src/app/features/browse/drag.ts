/** What a drag from the source carries: only that it is the selection. Which items those are is known to the page. */
const CHOICE = 'application/x-cloudmover-selection';

/** Begins a drag of what is chosen. @param words what the hand is seen to carry */
export function carryChoice(event: DragEvent, words: string): void {
  if (!event.dataTransfer) return;
  event.dataTransfer.setData(CHOICE, '');
  event.dataTransfer.effectAllowed = 'copy';
  const image = document.createElement('div');
  image.className = 'drag-image';
  image.textContent = words;
  document.body.append(image);
  event.dataTransfer.setDragImage(image, 12, 12);
  // The browser has taken its picture by then.
  setTimeout(() => image.remove());
}

export const carriesChoice = (event: DragEvent): boolean => event.dataTransfer?.types.includes(CHOICE) ?? false;
