import { fileFaults } from './rotation/files.ts';
import { useStage } from './rotation/stage.ts';

fileFaults(useStage());
