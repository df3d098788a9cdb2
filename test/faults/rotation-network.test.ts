import { networkFaults } from './rotation/network.ts';
import { useStage } from './rotation/stage.ts';

networkFaults(useStage());
